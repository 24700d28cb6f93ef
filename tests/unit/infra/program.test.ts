import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { parse } from "yaml";

import { infraContract, type Infra } from "../../../environment/contracts";
import program from "../../../infra/index";
import { renderHaproxy } from "../../../infra/haproxy";
import { renderKeepalived } from "../../../infra/keepalived";
import { pairSite, rawPair } from "../environment/pair";
import { passwords, rawSite, site } from "../environment/site";
import { mockSite, valueOf, type MockSite, type Registered } from "../mocks";
import { vmIdOf } from "../vmId";
import { calls, outputs } from "./vcenter";

/** What infra exports. */
interface Outputs {
  infra: pulumi.Output<Infra>;
  sshPrivateKey: pulumi.Output<string>;
}

/** The engine's configuration for a content of the namespace `site:`. */
const configOf = (raw: ReturnType<typeof rawSite>) => ({
  ...Object.fromEntries(Object.entries(raw).map(([key, value]) => [`site:${key}`, value])),
  ...passwords,
});

/** Runs the program as the engine does. */
async function run(overrides: Partial<MockSite> = {}) {
  const registered = await mockSite({
    project: "infra",
    stack: "dev",
    config: configOf(rawSite("dev")),
    calls,
    outputs,
    ...overrides,
  });
  const result: Outputs = await program();
  const values = { infra: await valueOf(result.infra), key: await valueOf(result.sshPrivateKey) };
  await pulumi.runtime.disconnect();
  return { registered, result, values };
}

const ofType = (registered: Registered[], type: string) =>
  registered.filter((one) => one.type === type);

const VM = "vsphere:index/virtualMachine:VirtualMachine";

test("the vCenter is reached with its certificate verified", async () => {
  const { registered } = await run();
  const [provider] = ofType(registered, "pulumi:providers:vsphere");
  expect(provider?.inputs).toMatchObject({
    vsphereServer: "172.30.10.1:8989",
    user: "administrator@vsphere.local",
    allowUnverifiedSsl: "false",
  });
});

test("any certificate passes where the environment says so, and nowhere else", async () => {
  const raw = rawSite("dev");
  raw["vsphere"].insecure = true;
  const warnings = jest.spyOn(pulumi.log, "warn").mockImplementation();
  const { registered } = await run({ config: configOf(raw) });
  const [provider] = ofType(registered, "pulumi:providers:vsphere");
  expect(provider?.inputs["allowUnverifiedSsl"]).toBe("true");
  expect(warnings).toHaveBeenCalledTimes(1);
  warnings.mockRestore();
});

describe("access", () => {
  const ROLE = "vsphere:index/role:Role";

  test("is made of the list: every role, and a permission of its own for each place", async () => {
    const { registered } = await run();
    expect(ofType(registered, ROLE).map(({ inputs }) => inputs["name"])).toContain(
      "devk8sclu-CNS-VM",
    );
    expect(
      registered
        .filter(({ inputs }) => inputs["create"] === "vcenter-access grant")
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "access-cloudProvider-datacenter",
      "access-cloudProvider-vcenter",
      "access-csi-datacenter",
      "access-csi-datastore-nfs",
      "access-csi-datastore-ssd",
      "access-csi-folder",
      "access-csi-vcenter",
    ]);
  });

  test("takes the administrator's password through standard input, as a secret", async () => {
    const { registered } = await run();
    const disks = registered.find(({ name }) => name === "access-csi-folder");
    expect(JSON.parse(disks?.inputs["stdin"] as string)).toEqual({
      vcenter: {
        server: "172.30.10.1:8989",
        insecure: false,
        user: "administrator@vsphere.local",
        password: "secret",
      },
      datacenter: "coolcorp",
      entity: { kind: "folder", name: "/coolcorp/vm/kubernetes" },
      user: "csi@vsphere.local",
      role: "access-CNS-VM-id",
      propagate: true,
    });
    expect(disks?.secretInputs).toContain("stdin");
    expect(disks?.inputs).toMatchObject({ delete: "vcenter-access revoke", logging: "none" });
  });

  test("is given again where the vCenter lacks it, and there only", async () => {
    const asked: { user: string; role: string }[] = [];
    const { registered } = await run({
      calls: {
        ...calls,
        "command:local:run": ({ command, stdin }) => {
          expect(command).toBe("vcenter-access granted");
          const request = JSON.parse(stdin);
          expect(request).toMatchObject({
            datacenter: "coolcorp",
            vcenter: { password: "secret" },
          });
          asked.push(...request.permissions);
          const given = request.permissions.map(
            ({ entity }: { entity: { name: string } }) => entity.name !== "nfs",
          );
          return { stdout: JSON.stringify(given) };
        },
      },
    });
    expect(asked).toContainEqual({
      ...{ entity: { kind: "datastore", name: "nfs" }, user: "csi@vsphere.local" },
      ...{ role: "devk8sclu-CNS-DATASTORE", propagate: false },
    });
    const marked = registered.filter(({ inputs }) => inputs["environment"] !== undefined);
    expect(marked.map(({ name }) => name)).toEqual(["access-csi-datastore-nfs"]);
    expect(Date.parse(marked[0]?.inputs["environment"].MISSING_AT)).not.toBeNaN();
  });

  test("is refused in one message where the vCenter does not say what it has", async () => {
    const failing = () => {
      throw new Error("invocation of command:local:run returned an error: exit status 1");
    };
    await expect(run({ calls: { ...calls, "command:local:run": failing } })).rejects.toThrow(
      /does not say which permissions it has: exit status 1\nNothing was created/,
    );
    await pulumi.runtime.disconnect();
  });

  test("is left to an administrator unless infra manages it", async () => {
    const raw = rawSite("dev");
    raw["vsphere"].manageAccess = false;
    const { registered } = await run({ config: configOf(raw) });
    expect(registered.filter(({ name }) => name.startsWith("access"))).toEqual([]);
  });
});

test("a machine for the load balancer and for each node, nothing else", async () => {
  const { registered } = await run();
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
  const { registered } = await run();
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

test("one that cannot be found is looked up once for all zones that use it", async () => {
  const missing = () => {
    throw new Error("datastore 'ssd' not found");
  };
  await expect(
    run({ calls: { ...calls, "vsphere:index/getDatastore:getDatastore": missing } }),
  ).rejects.toThrow(/created or changed\.\n {2}datastore "ssd"[^\n]*\n {4}[^\n]*$/);
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
      raw["ssh"] = { user: "somebody" };
    };
    expect(await replaced(edit)).toEqual([]);
  });
});

test("each machine has a host key of its own", async () => {
  const { registered, values } = await run();
  expect(ofType(registered, "tls:index/privateKey:PrivateKey").map(({ inputs }) => inputs)).toEqual(
    Array.from({ length: 7 }, () => ({ algorithm: "ED25519" })),
  );
  expect(new Set(values.infra.nodes.map(({ hostKey }) => hostKey)).size).toBe(5);
});

test("HAProxy gets its configuration through standard input, over a pinned connection", async () => {
  const { registered } = await run();
  const [command] = ofType(registered, "command:remote:Command");
  expect(command?.inputs).toMatchObject({
    stdin: renderHaproxy(site("dev")),
    triggers: [vmIdOf("devk8slb501-vm")],
    logging: "none",
    addPreviousOutputInEnv: false,
    connection: {
      host: "172.30.10.45",
      user: "sitewright",
      hostKey: "public devk8slb501-host-key",
      privateKey: "private ssh-user\n",
    },
  });
  expect(command?.inputs["delete"]).toBeUndefined();
  expect(command?.inputs["create"]).not.toContain("172.30");
});

test("the contract of the stack cluster is kept, and the key is secret", async () => {
  const { result, values } = await run();
  expect(values.infra).toMatchObject({
    api: { name: "kube.coolcorp.test", address: "172.30.10.45", port: 6443 },
    loadBalancers: [
      {
        name: "devk8slb501",
        zone: "lan",
        address: "172.30.10.45",
        hostKey: "public devk8slb501-host-key",
        vmId: vmIdOf("devk8slb501-vm"),
      },
    ],
    sshUser: "sitewright",
  });
  expect(values.infra.nodes[4]).toEqual({
    name: "devk8swok511",
    role: "worker",
    zone: "dmz",
    address: "172.30.20.11",
    hostKey: "public devk8swok511-host-key",
    vmId: vmIdOf("devk8swok511-vm"),
  });
  expect(values.key).toBe("private ssh-user\n");
  expect(await pulumi.isSecret(result.sshPrivateKey)).toBe(true);
  expect(infraContract.safeParse(values.infra).error).toBeUndefined();
});

describe("a pair of load balancers", () => {
  const pair = () => run({ config: configOf(rawPair("dev")) });

  test("is two machines with HAProxy and keepalived, of which the contract names both", async () => {
    const { registered, values } = await pair();
    const steps = ofType(registered, "command:remote:Command").map(({ name, inputs }) => [
      ...[name, inputs["connection"].host, inputs["connection"].hostKey],
    ]);
    expect(steps).toEqual([
      ["load-balancer-haproxy", "172.30.10.46", "public devk8slb501-host-key"],
      ["load-balancer-keepalived", "172.30.10.46", "public devk8slb501-host-key"],
      ["load-balancer-2-haproxy", "172.30.10.47", "public devk8slb502-host-key"],
      ["load-balancer-2-keepalived", "172.30.10.47", "public devk8slb502-host-key"],
    ]);
    expect(values.infra).toMatchObject({
      api: { address: "172.30.10.45" },
      loadBalancers: [{ address: "172.30.10.46" }, { address: "172.30.10.47" }],
    });
    expect(infraContract.safeParse(values.infra).error).toBeUndefined();
  });

  test("is changed one after the other: nothing of the second is asked for before the first is done", async () => {
    const { registered } = await pair();
    const at = (name: string) => registered.findIndex((one) => one.name === name);
    expect(at("load-balancer-keepalived")).toBeGreaterThan(at("load-balancer-haproxy"));
    expect(at("devk8slb502-vm")).toBeGreaterThan(at("load-balancer-keepalived"));
    expect(at("load-balancer-2-haproxy")).toBeGreaterThan(at("devk8slb502-vm"));
  });

  test("gives keepalived its configuration through standard input, and calls nobody when it goes", async () => {
    const { registered } = await pair();
    const { inputs } = registered.find(({ name }) => name === "load-balancer-2-keepalived")!;
    expect(inputs["stdin"]).toBe(renderKeepalived({ name: "devk8slb502" }, pairSite("dev")));
    // The machine may be gone with its address; one that stays is told by its HAProxy step.
    expect(inputs).not.toHaveProperty("delete");
    const alone = (await run()).registered.find(({ name }) => name === "load-balancer-haproxy")!;
    expect(alone.inputs["create"]).toContain("systemctl disable --quiet --now keepalived");
  });
});

test("destroy asks first whether the cluster still lives on it", async () => {
  const { registered } = await run();
  const guard = registered.find(({ name }) => name === "dependents-check");
  expect(guard?.inputs["delete"]).toBe("node ../operations/guard.js cluster dev");
});

test("everything that cannot be found is reported at once, and nothing is created", async () => {
  const missing = (message: string) => () => {
    throw new Error(message);
  };
  const registered: Registered[][] = [];
  const attempt = run({
    calls: {
      ...calls,
      "vsphere:index/getVirtualMachine:getVirtualMachine": missing("vm 'photon-5' not found"),
      "vsphere:index/getDatastore:getDatastore": missing("datastore 'ssd' not found"),
    },
  }).then((done) => registered.push(done.registered));
  await expect(attempt).rejects.toThrow(
    /^The vCenter 172\.30\.10\.1:8989 does not give what Pulumi\.dev\.yaml names\. Nothing was created or changed\.\n {2}datastore "ssd" \(site:vsphere\.datastore\): [\s\S]*\n {2}template "photon-5" \(site:vsphere\.template\): [\s\S]*Correct site:vsphere\.template, or create the object in the vCenter\.$/,
  );
});

test("a refused password is one message that says how to set it", async () => {
  const refused = () => {
    throw new Error(
      "ServerFaultCode: Cannot complete login due to an incorrect user name or password.",
    );
  };
  await expect(
    run({ calls: { ...calls, "vsphere:index/getDatacenter:getDatacenter": refused } }),
  ).rejects.toThrow(/The account is refused[\s\S]*pulumi config set --secret vsphere:password/);
});
