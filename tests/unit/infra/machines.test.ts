import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { parse } from "yaml";

import { knownBy } from "../../../operations/recovery/machineProof";
import { machineMark, MARK_KEY } from "../../../vcenter/machineMark";
import { configOf, rawSite } from "../environment/site";
import { vmIdOf } from "../vmId";
import { committed, ofType, run, VM } from "./run";

test("a machine for the load balancer and for each node, nothing else", async () => {
  const { registered } = await committed();
  const machines = ofType(registered, VM);
  expect(machines.map(({ inputs }) => inputs["name"]).sort()).toEqual([
    "devk8slb501",
    "devk8smst501",
    "devk8swok501",
    "devk8swok502",
    "devk8swok503",
    "devk8swok511",
  ]);
  expect(ofType(registered, "vsphere:index/folder:Folder").map(({ inputs }) => inputs)).toEqual([
    { path: "kubernetes", type: "vm", datacenterId: "datacenter:coolcorp" },
  ]);
  expect(ofType(registered, "command:remote:Command").map(({ name }) => name)).toEqual([
    "load-balancer-haproxy",
  ]);
});

test("the exact inputs of a machine", async () => {
  const { registered } = await committed();
  const worker = ofType(registered, VM).find(({ name }) => name === "devk8swok511-vm");
  const { extraConfig, ...inputs } = worker!.inputs;
  expect(inputs).toEqual({
    name: "devk8swok511",
    folder: "kubernetes",
    resourcePoolId: "pool of k8s",
    datastoreId: "datastore:ssd",
    guestId: "vmwarePhoton64Guest",
    firmware: "efi",
    scsiType: "pvscsi",
    numCpus: 2,
    memory: 2048,
    memoryReservation: 0,
    networkInterfaces: [{ networkId: "network:vm-dmz", adapterType: "vmxnet3" }],
    disks: [{ label: "disk0", size: 20, thinProvisioned: true, eagerlyScrub: false }],
    enableDiskUuid: true,
    clone: { templateUuid: "template:photon-5", linkedClone: false },
    waitForGuestNetTimeout: 5,
    waitForGuestNetRoutable: false,
  });
  const userData = parse(
    Buffer.from(extraConfig["guestinfo.userdata"], "base64").toString(),
  ) as Record<string, unknown>;
  expect(userData["ssh_keys"]).toEqual({
    ed25519_private: "private devk8swok511-host-key\n",
    ed25519_public: "public devk8swok511-host-key\n",
  });
});

test("each machine bears the mark of its own host key, out of its guest's reach", async () => {
  const { registered } = await committed();
  const machines = ofType(registered, VM);
  for (const { name, inputs } of machines) {
    const key = `public ${name.replace(/-vm$/, "-host-key")}`;
    expect((inputs["extraConfig"] as Record<string, string>)[MARK_KEY]).toBe(machineMark(key));
  }
  const marks = machines.map(
    ({ inputs }) => (inputs["extraConfig"] as Record<string, string>)[MARK_KEY],
  );
  expect(new Set(marks).size).toBe(machines.length);
  expect(MARK_KEY).not.toMatch(/^guestinfo\./);
});

test("operations/ finds the host key of a machine by the machine's own URN", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  await committed();
  const made = requests.mock.calls.map(([request]) => request);
  requests.mockRestore();
  const urns = made
    .filter((request) => request.getType() === VM)
    // Name and parent of both as the engine puts them together.
    .map((request) => [request.getName(), `${request.getParent().split("::")[2]}`]);
  for (const [name, parent] of urns) {
    const machine = name.replace(/-vm$/, "");
    const key = made.find((request) => request.getName() === `${machine}-host-key`)!;
    expect(key.getParent().split("::")[2]).toBe(parent);
    const prefix = `urn:pulumi:dev::sitewright-infra::${parent}`;
    const hostKey = {
      urn: `${prefix}$${key.getType()}::${machine}-host-key`,
      type: key.getType(),
      outputs: { publicKeyOpenssh: "ssh-ed25519 AAAA\n" },
    };
    const { mark } = knownBy({ urn: `${prefix}$${VM}::${name}`, type: VM }, [hostKey], new Date());
    expect(mark).toBe(machineMark("ssh-ed25519 AAAA"));
  }
});

/** The machines of the lab's environment, changed, by name. */
async function machinesOf(edit: (raw: ReturnType<typeof rawSite>) => void) {
  const raw = rawSite("dev");
  edit(raw);
  const { registered } = await run({ config: configOf(raw) });
  const machines = ofType(registered, VM).map(({ inputs }) => [inputs["name"], inputs] as const);
  return { registered, machines: Object.fromEntries(machines) };
}

test("the host keeps memory for control planes, unless told otherwise", async () => {
  const { machines } = await machinesOf((raw) => {
    raw["nodes"][1].memoryReservation = true;
  });
  expect(machines["devk8smst501"]["memoryReservation"]).toBe(2048);
  expect(machines["devk8swok501"]["memoryReservation"]).toBe(2048);
  expect(machines["devk8swok502"]["memoryReservation"]).toBe(0);
  const off = await machinesOf((raw) => {
    raw["nodes"][0].memoryReservation = false;
  });
  expect(off.machines["devk8smst501"]["memoryReservation"]).toBe(0);
});

test("hardware version and disk format are those of the configuration", async () => {
  const { machines } = await machinesOf((raw) => {
    Object.assign(raw["vsphere"], { hardwareVersion: 19, diskFormat: "eagerZeroedThick" });
  });
  expect(machines["devk8slb501"]).toMatchObject({
    hardwareVersion: 19,
    disks: [{ thinProvisioned: false, eagerlyScrub: true }],
  });
});

test("a zone has its own cluster, pool and datastore; a pool of the site stays in the site's cluster", async () => {
  const { machines } = await machinesOf((raw) => {
    raw["vsphere"].resourcePool = "nodes";
    Object.assign(raw["zones"].dmz, { cluster: "edge", datastore: "edge-ssd" });
  });
  expect(machines["devk8swok511"]).toMatchObject({
    resourcePoolId: "pool of edge",
    datastoreId: "datastore:edge-ssd",
  });
  expect(machines["devk8swok501"]).toMatchObject({
    resourcePoolId: "pool:k8s/Resources/nodes",
    datastoreId: "datastore:ssd",
  });
});

test("tags are made once and put on the machines they fit", async () => {
  const { registered, machines } = await machinesOf((raw) => {
    raw["vsphere"].tags = ["role", "zone"];
  });
  expect(
    ofType(registered, "vsphere:index/tagCategory:TagCategory").map(({ inputs }) => inputs["name"]),
  ).toEqual(["devk8sclu-role", "devk8sclu-zone"]);
  expect(ofType(registered, "vsphere:index/tag:Tag").map(({ name }) => name)).toEqual([
    "tag-role-load-balancer",
    "tag-role-control-plane",
    "tag-role-worker",
    "tag-zone-lan",
    "tag-zone-dmz",
  ]);
  expect(machines["devk8swok511"]["tags"]).toEqual(["tag-role-worker-id", "tag-zone-dmz-id"]);
});

describe("machines on separate hosts", () => {
  const RULE = "vsphere:index/computeClusterVmAntiAffinityRule:ComputeClusterVmAntiAffinityRule";
  const threeControlPlanes = (raw: ReturnType<typeof rawSite>) => {
    for (const number of [2, 3]) {
      const name = `devk8smst50${number}`;
      raw["nodes"].push({ ...raw["nodes"][0], name, address: `172.30.10.5${number}` });
    }
  };

  test("are a rule of the control planes' cluster", async () => {
    const { registered } = await machinesOf((raw) => {
      threeControlPlanes(raw);
      raw["vsphere"].separateHosts = true;
    });
    expect(ofType(registered, RULE).map(({ inputs }) => inputs)).toEqual([
      {
        name: "devk8sclu-control-planes-on-separate-hosts",
        computeClusterId: "cluster:k8s",
        virtualMachineIds: ["devk8smst501", "devk8smst502", "devk8smst503"].map((name) =>
          vmIdOf(`${name}-vm`),
        ),
        mandatory: false,
      },
    ]);
  });

  test("are a rule of a pair of load balancers", async () => {
    const { registered } = await machinesOf((raw) => {
      raw["vsphere"].separateHosts = true;
      raw["loadBalancer"].pair = {
        ...{ name: "devk8slb502", address: "172.30.10.47" },
        ...{ virtualAddress: "172.30.10.48", routerId: 51 },
      };
    });
    expect(ofType(registered, RULE).map(({ inputs }) => inputs["name"])).toEqual([
      "devk8sclu-load-balancers-on-separate-hosts",
    ]);
  });

  test("are nothing for a single one, and nothing that was not asked for", async () => {
    const single = await machinesOf((raw) => (raw["vsphere"].separateHosts = true));
    expect(ofType(single.registered, RULE)).toEqual([]);
    expect(ofType((await machinesOf(threeControlPlanes)).registered, RULE)).toEqual([]);
  });
});

describe("what replaces a machine", () => {
  /** What the engine compares with the last update, by machine, as the request to it says. */
  async function triggers(edit: (raw: ReturnType<typeof rawSite>) => void = () => undefined) {
    const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
    try {
      const raw = rawSite("dev");
      edit(raw);
      await run({ config: configOf(raw) });
      const machines = requests.mock.calls
        .map(([request]) => request)
        .filter((request) => request.getType() === VM);
      expect(machines.every((request) => request.getDeletebeforereplace())).toBe(true);
      return Object.fromEntries(
        machines.map((request) => [
          request.getName(),
          request.getReplacementTrigger()?.toJavaScript(),
        ]),
      );
    } finally {
      requests.mockRestore();
    }
  }
  const replaced = async (edit: Parameters<typeof triggers>[0]) => {
    const before = await triggers();
    const after = await triggers(edit);
    return Object.keys(before).filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    );
  };

  test("is its address, and no other machine's", async () => {
    const edit = (raw: ReturnType<typeof rawSite>) => (raw["nodes"][1].address = "172.30.10.71");
    expect(await replaced(edit)).toEqual(["devk8swok501-vm"]);
  });

  test("not its size, its template, its labels, its resolvers or its user", async () => {
    const edit = (raw: ReturnType<typeof rawSite>) => {
      Object.assign(raw["nodes"][1], { cpus: 3, memoryMiB: 4096, diskGiB: 30, labels: { a: "b" } });
      raw["vsphere"].template = "photon-6";
      raw["zones"].lan.dnsServers = ["172.30.10.2", "172.30.10.4"];
      raw["ssh"] = { user: "admin2" };
    };
    expect(await replaced(edit)).toEqual([]);
  });
});

test("each machine has a host key of its own", async () => {
  const { registered, values } = await committed();
  expect(ofType(registered, "tls:index/privateKey:PrivateKey").map(({ inputs }) => inputs)).toEqual(
    Array.from({ length: 7 }, () => ({ algorithm: "ED25519" })),
  );
  expect(new Set(values.infra.nodes.map(({ hostKey }) => hostKey)).size).toBe(5);
});
