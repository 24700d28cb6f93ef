import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { parse } from "yaml";

import { infraContract, type Infra } from "../../../environment/contracts";
import program from "../../../infra/index";
import { renderHaproxy } from "../../../infra/haproxy";
import { rawSite, site } from "../environment/site";
import { mockSite, valueOf, type MockSite, type Registered } from "../mocks";
import { vmIdOf } from "../vmId";

/** What infra exports. */
interface Outputs {
  infra: pulumi.Output<Infra>;
  sshPrivateKey: pulumi.Output<string>;
}

const found = (type: string) => (args: Record<string, unknown>) => ({
  ...args,
  id: `${type}:${String(args["name"])}`,
});

const calls: NonNullable<MockSite["calls"]> = {
  "vsphere:index/getDatacenter:getDatacenter": found("datacenter"),
  "vsphere:index/getComputeCluster:getComputeCluster": (args) => ({
    ...found("cluster")(args),
    resourcePoolId: `pool of ${args["name"]}`,
  }),
  "vsphere:index/getDatastore:getDatastore": found("datastore"),
  "vsphere:index/getNetwork:getNetwork": found("network"),
  "vsphere:index/getVirtualMachine:getVirtualMachine": (args) => ({
    ...found("template")(args),
    guestId: "vmwarePhoton64Guest",
    firmware: "efi",
    scsiType: "pvscsi",
    networkInterfaceTypes: ["vmxnet3"],
    disks: [{ size: 16, thinProvisioned: true, eagerlyScrub: false }],
  }),
};

const outputs: NonNullable<MockSite["outputs"]> = {
  "tls:index/privateKey:PrivateKey": ({ name }) => ({
    privateKeyOpenssh: `private ${name}\n`,
    publicKeyOpenssh: `public ${name}\n`,
  }),
  "vsphere:index/virtualMachine:VirtualMachine": ({ name }) => ({ uuid: vmIdOf(name) }),
};

/** The engine's configuration for a content of the namespace `site:`. */
const configOf = (raw: ReturnType<typeof rawSite>) => ({
  ...Object.fromEntries(Object.entries(raw).map(([key, value]) => [`site:${key}`, value])),
  "vsphere:password": "secret",
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
    vsphereServer: "127.0.0.1:8989",
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
        server: "127.0.0.1:8989",
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
    loadBalancer: { name: "devk8slb501", address: "172.30.10.45" },
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
    /^The vCenter 127\.0\.0\.1:8989 does not give what Pulumi\.dev\.yaml names\. Nothing was created or changed\.\n {2}datastore "ssd" \(site:vsphere\.datastore\): [\s\S]*\n {2}template "photon-5" \(site:vsphere\.template\): [\s\S]*Correct site:vsphere\.template, or create the object in the vCenter\.$/,
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
