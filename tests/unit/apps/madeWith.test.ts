import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

import program from "../../../apps";
import { madeWith } from "../../../apps/madeWith";
import { volumesOf } from "../../../environment/applications/exposed";
import { offlineCluster } from "../../../operations/offline/outputs";
import { parseEnvironment } from "../../environment";
import { configOf, rawSite, site } from "../environment/site";
import { mockSite, valueOf } from "../mocks";
import { providers } from "./objects";

jest.mock("../../../apps/ingress/crdManifest", () => ({
  crdManifest: () => readFileSync(join(__dirname, "fixtures", "traefik-crds.yaml"), "utf8"),
}));

type Raw = ReturnType<typeof rawSite>;

const STACK = "organization/sitewright-apps/dev";

/** The lab with a class that lets volumes grow. */
function growing(): Raw {
  const raw = rawSite("dev");
  raw["storageClasses"].push({ name: "growing", provisioner: "rancher.io/local-path" });
  raw["volumes"] = { provisioner: "local-path", version: "0.0.30" };
  return raw;
}

/** The volumes of a site, as the state has them. */
const volumesIn = (raw: Raw) =>
  volumesOf(parseEnvironment("dev", raw)).map(({ application: { namespace }, name }) => {
    const type =
      name === "consul"
        ? "kubernetes:apps/v1:StatefulSet"
        : "kubernetes:core/v1:PersistentVolumeClaim";
    return {
      urn: `urn:pulumi:dev::sitewright-apps::${type}::${name}`,
      type,
      outputs: { metadata: { name, namespace } },
    };
  });

/** How the program of an edited environment ends, of a site that was up before. */
async function edit(
  change: (raw: Raw) => void,
  {
    before = rawSite("dev"),
    recorded = { made: madeWith(parseEnvironment("dev", before)) } as object,
    resources = volumesIn(before),
    unreadable = false,
  } = {},
) {
  const raw = structuredClone(before);
  change(raw);
  const environment = parseEnvironment("dev", raw);
  const { plain, secret } = offlineCluster(environment);
  const read = jest.fn();
  const registered = jest.spyOn(MockMonitor.prototype, "registerResource");
  await mockSite({
    project: "apps",
    stack: "dev",
    config: configOf(raw),
    stacks: { [STACK]: resources },
    outputs: {
      "pulumi:pulumi:StackReference": () => ({
        outputs: { ...plain, ...secret },
        secretOutputNames: Object.keys(secret),
      }),
      ...providers,
    },
    calls: {
      "pulumi:pulumi:readStackOutputs": ({ name }) => ({ outputs: name === STACK ? recorded : {} }),
      ...(unreadable
        ? {
            "pulumi:pulumi:readStackResourceOutputs": ({ stackName }) => {
              read(stackName);
              throw new Error(
                `${stackName === STACK ? "the backend is away" : `unknown stack "${stackName}"`}`,
              );
            },
          }
        : {}),
    },
  });
  try {
    const outputs = await program();
    await valueOf(outputs.apps);
    return { refusal: undefined, made: await valueOf(outputs.made), read };
  } catch (error) {
    const types = registered.mock.calls.map(([request]) => request.getType());
    expect(types.filter((type) => type !== "pulumi:pulumi:StackReference")).toEqual([]);
    return { refusal: (error as Error).message, read };
  } finally {
    registered.mockRestore();
    await pulumi.runtime.disconnect();
  }
}

test("what is as recorded is accepted without a look at the resources, and what an older program has not recorded too", async () => {
  const same = await edit(() => undefined, { unreadable: true });
  expect(same.refusal).toBeUndefined();
  expect(same.read).not.toHaveBeenCalledWith(STACK);
  expect(same.made).toEqual(madeWith(site("dev")));
  const bigger = (raw: Raw) => (raw["apps"].consul.size = "2Gi");
  expect((await edit(bigger, { recorded: {} })).refusal).toBeUndefined();
});

test("what would end data, leave it behind or be ignored is refused at once, before any resource", async () => {
  const { refusal } = await edit((raw) => {
    const { consul, confluence, noticeboard } = raw["apps"];
    Object.assign(consul, { datacenter: "other", domain: "other.test", size: "2Gi" });
    consul.storageClass = "vsphere-dts-nfs";
    Object.assign(confluence.database, { version: "16.1", size: "16Gi" });
    confluence.home = { nfs: { server: "nas.test", path: "/a" }, size: "8Gi" };
    confluence.backup.volume.size = "4Gi";
    noticeboard.data.size = "512Mi";
  });
  for (const part of [
    "Nothing was touched.",
    "site:apps.consul.datacenter: other; its data was made with lan",
    "site:apps.consul.domain: other.test; its data was made with cluster.local",
    "site:apps.consul.storageClass: vsphere-dts-nfs; its data was made with vsphere-dts-ssd",
    "site:apps.consul.size: 2Gi; its volume was made with 1Gi, and the API does not change the claims that a StatefulSet makes",
    "site:apps.confluence.database.version: 16.x; its data was made with 15.x",
    "site:apps.confluence.database.size: 16Gi; its volume was made with 15Gi, and its class vsphere-dts-ssd lets no volume grow",
    "site:apps.confluence.home.storageClass: a file server; its data was made with vsphere-dts-nfs",
    "site:apps.confluence.backup.volume.size: 4Gi; its volume was made with 5Gi, and no volume shrinks",
    "site:apps.noticeboard.data.size: 512Mi; its volume was made with 1Gi, and no volume shrinks",
    "apps/README.md",
  ]) {
    expect(refusal).toContain(part);
  }
});

test("another namespace is refused where an application has volumes, and passes where it has none", async () => {
  const before = rawSite("dev");
  const namespace = {
    ...before["namespaces"][1],
    name: "another",
    quota: undefined,
    limits: undefined,
  };
  before["namespaces"].push(JSON.parse(JSON.stringify(namespace)));
  const move = (app: string) => (raw: Raw) => (raw["apps"][app].namespace = "another");
  expect((await edit(move("noticeboard"), { before })).refusal).toContain(
    "site:apps.noticeboard.namespace: another; its data was made with dev-lan-coolcorp",
  );
  expect((await edit(move("dashboard"), { before })).refusal).toBeUndefined();
});

test("a volume grows where its class lets it, and a smaller release of the same major one is no other data", async () => {
  const before = growing();
  before["storageClasses"].at(-1).allowVolumeExpansion = false;
  before["apps"].noticeboard.data.storageClass = "growing";
  const grow = (raw: Raw) => (raw["apps"].noticeboard.data.size = "2Gi");
  expect((await edit(grow, { before })).refusal).toContain("its class growing lets no volume grow");
  const release = (raw: Raw) => (raw["apps"].confluence.database.version = "15.21");
  expect((await edit(release)).refusal).toBeUndefined();
  const prd = site("prd");
  const own = prd.applications.find(({ name }) => name === "confluence")!;
  expect(own.volumes!.map(({ grows = true }) => grows)).toEqual([true, true, true, true]);
});

test("once its volume is gone from the state, an application may be made with something else; a state that cannot be read keeps it", async () => {
  const bigger = (raw: Raw) => (raw["apps"].consul.size = "2Gi");
  const others = volumesIn(rawSite("dev")).filter(({ urn }) => !urn.endsWith("::consul"));
  expect((await edit(bigger, { resources: others })).refusal).toBeUndefined();
  expect((await edit(bigger, { resources: [] })).refusal).toBeUndefined();
  expect((await edit(bigger, { unreadable: true })).refusal).toContain(
    "site:apps.consul.size: 2Gi",
  );
  const without = await edit((raw) => delete raw["apps"].noticeboard);
  expect(without.refusal).toBeUndefined();
});

test("the names of volumes are those of the claims and StatefulSets that the program makes", async () => {
  const raw = rawSite("dev");
  const environment = parseEnvironment("dev", raw);
  const { plain, secret } = offlineCluster(environment);
  const registered = await mockSite({
    project: "apps",
    stack: "dev",
    config: configOf(raw),
    outputs: {
      "pulumi:pulumi:StackReference": () => ({
        outputs: { ...plain, ...secret },
        secretOutputNames: Object.keys(secret),
      }),
      ...providers,
    },
  });
  await valueOf((await program()).apps);
  await pulumi.runtime.disconnect();
  const made = registered
    .filter(
      ({ type, inputs }) =>
        type === "kubernetes:core/v1:PersistentVolumeClaim" ||
        (type === "kubernetes:apps/v1:StatefulSet" &&
          inputs["spec"].volumeClaimTemplates !== undefined),
    )
    .map(({ inputs }) => `${inputs["metadata"].namespace}/${inputs["metadata"].name}`);
  expect(
    volumesOf(environment)
      .map(({ application, name }) => `${application.namespace}/${name}`)
      .sort(),
  ).toEqual(made.sort());
});
