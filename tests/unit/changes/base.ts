import { rawPair } from "../environment/pair";
import type { rawSite } from "../environment/site";

export type Raw = ReturnType<typeof rawSite>;
export type Base = "dev" | "prd";

/** The sites on which keys are changed: as committed, with the optional sections that they lack, and room for more. */
export function rawBase(base: Base): Raw {
  const raw = structuredClone(rawPair(base));
  raw["zones"].lan.taints = [{ key: "lan-key", value: "lan-value", effect: "PreferNoSchedule" }];
  raw["flows"] = [{ from: "lan", to: "dmz", protocol: "tcp", ports: [1234], reason: "a reason" }];
  raw["placeholders"] = [{ keys: ["domain"], reason: "a reason" }];
  if (base === "dev") {
    raw["vsphere"].manageAccess = false;
    raw["apps"].confluence.setupIsOpen = true;
    raw["apps"].dashboard.namespaces = ["devsyslan"];
    withRoom(raw);
  } else {
    raw["vsphere"].manageAccess = true;
    raw["volumes"] = { ...raw["volumes"], snapshots: {}, topologyCategories: ["region"] };
  }
  return raw;
}

/** More workers, another class, and another namespace in each zone. */
function withRoom(raw: Raw): void {
  const { nodes, storageClasses, namespaces } = raw;
  const [, worker] = nodes;
  nodes.push(
    { ...worker, name: "devk8swok591", address: "172.30.10.91" },
    { ...worker, name: "devk8swok592", address: "172.30.10.92" },
    { ...worker, name: "devk8swok593", zone: "dmz", address: "172.30.20.93" },
  );
  const [first] = storageClasses;
  storageClasses.push({ ...first, name: "another", default: false });
  const [, lan, dmz] = namespaces;
  for (const { quota, limits } of namespaces.filter((one: Raw) => one["quota"] !== undefined)) {
    limits.max["ephemeral-storage"] = "80Gi";
    quota.limits.cpu = "90";
    quota.limits.memory = "90Gi";
    quota.limits["ephemeral-storage"] = "90Gi";
    quota.requests = { cpu: "80", memory: "80Gi", "ephemeral-storage": "80Gi" };
    quota.pods = 90;
    quota.persistentVolumeClaims = 90;
  }
  for (const [name, like] of [
    ["another", lan],
    ["another-dmz", dmz],
  ]) {
    const { environment, category, zone } = like;
    namespaces.push({ name, environment, category, zone });
  }
}
