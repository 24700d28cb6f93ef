import { type RawConfig, Site, VIRTUAL_MACHINE } from "./support/vcenter";

/** What the machines of a site are like in the vCenter, and what may change around them without changing them. */
jest.setTimeout(300_000);

const site = new Site(18_960);

/** A site that uses what vSphere offers for its machines. */
function configuration(config: RawConfig): void {
  Object.assign(config["site:vsphere"], {
    hardwareVersion: 19,
    tags: ["role", "zone", "site"],
    separateHosts: true,
  });
  Object.assign(config["site:zones"]["dmz"] as object, { cluster: "edge", datastore: "edge-ssd" });
  const nodes = nodesOf(config);
  for (const number of [2, 3]) {
    const name = `devk8smst50${number}`;
    nodes.push({ ...nodes[0], name, address: `172.30.10.5${number}` });
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- raw configuration
const nodesOf = (config: RawConfig) => config["site:nodes"] as unknown as Record<string, any>[];

/** The same with one more worker, a linked clone. */
const withLinkedClone = (template: string) => (config: RawConfig) => {
  configuration(config);
  Object.assign(config["site:vsphere"], { clone: "linked", template });
  const nodes = nodesOf(config);
  nodes.push({ ...nodes[1], name: "devk8swok509", address: "172.30.10.69" });
};

const machine = async (name: string) => (await site.machines()).find((one) => one.name === name)!;

beforeAll(async () => {
  await site.start({
    cluster: { name: "k8s", hosts: ["esx1.coolcorp.test", "esx2.coolcorp.test"] },
    otherClusters: [{ name: "edge", hosts: ["esx9.coolcorp.test"] }],
    datastores: [{ name: "ssd" }, { name: "edge-ssd" }],
    templates: [
      { name: "photon-5", hardwareVersion: 17 },
      { name: "photon-6", hardwareVersion: 19, diskGiB: 40 },
      { name: "no-snapshot", virtualMachine: true, diskGiB: 20 },
      { name: "one-snapshot", virtualMachine: true, diskGiB: 20, snapshots: 1 },
      { name: "two-snapshots", virtualMachine: true, diskGiB: 20, snapshots: 2 },
    ],
  });
  const { exitCode, output } = await site.upMachines(configuration);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
});

afterAll(() => site.stop());

test("machines are as configured, and a second preview has no changes", async () => {
  expect(await site.previewMachines(configuration)).toEqual([]);
  const resources = await site.state();
  const outputs = (name: string) =>
    resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs ?? {};
  expect(outputs("devk8smst501-vm")).toMatchObject({
    hardwareVersion: 19,
    memoryReservation: 2048,
    scsiType: "pvscsi",
    enableDiskUuid: true,
  });
  expect(outputs("devk8smst501-vm")["tags"]).toHaveLength(3);
  expect(outputs("devk8swok501-vm")).toMatchObject({ memoryReservation: 0 });
  expect((await machine("devk8swok511")).disks).toEqual([
    "[edge-ssd] devk8swok511/devk8swok511.vmdk",
  ]);
  const rules = resources.filter(({ type }) => type.includes("AntiAffinityRule"));
  expect(rules.map(({ inputs }) => [...inputs?.["virtualMachineIds"]].sort())).toEqual([
    [1, 2, 3].map((number) => outputs(`devk8smst50${number}-vm`)["uuid"] as string).sort(),
  ]);
});

test("another template, with a larger disk and newer hardware, changes no machine", async () => {
  const uuids = (await site.state())
    .filter(({ type }) => type === VIRTUAL_MACHINE)
    .map(({ inputs }) => inputs?.["clone"].templateUuid as string);
  expect(new Set(uuids).size).toBe(1);
  const changed = (config: RawConfig) => {
    configuration(config);
    config["site:vsphere"]["template"] = "photon-6";
  };
  expect(await site.previewMachines(changed)).toEqual([]);
});

describe("a linked clone", () => {
  test.each([
    ["no-snapshot", /must have a snapshot to be used as a linked clone/],
    ["two-snapshots", /root snapshot must not have children/],
  ])("of a virtual machine with %s is refused before anything is made", async (template, said) => {
    await expect(site.previewMachines(withLinkedClone(template))).rejects.toThrow(said);
  });

  test("of one with exactly one snapshot is made, and the other machines stay as they are", async () => {
    const steps = await site.previewMachines(withLinkedClone("one-snapshot"));
    expect(steps).toContain("create devk8swok509-vm");
    expect(steps.filter((step) => !step.includes("devk8swok509"))).toEqual([]);
  });
});

describe("a disk that a CSI driver has attached", () => {
  const name = "devk8swok501";
  const grown = (config: RawConfig) => {
    configuration(config);
    nodesOf(config)[1]["memoryMiB"] = 3072;
  };

  test("is no change, whether the state knows of it or not", async () => {
    await site.attachDisk(`/coolcorp/vm/kubernetes/${name}`);
    expect((await machine(name)).disks).toHaveLength(2);
    expect(await site.previewMachines(configuration)).toEqual([]);

    const { exitCode } = await site.pulumi("infra", [
      ...["refresh", "--yes", "--skip-preview", ...site.select()],
    ]);
    expect(exitCode).toBe(0);
    const vm = (await site.state()).find(({ urn }) => urn.endsWith(`::${name}-vm`));
    expect(vm?.outputs?.["disks"]).toHaveLength(2);
    expect(await site.previewMachines(configuration)).toEqual([]);
  });

  test("stays attached when something else of its machine changes", async () => {
    const { disks } = await machine(name);
    expect(await site.previewMachines(grown)).toEqual([`update ${name}-vm`]);
    expect((await site.upMachines(grown)).exitCode).toBe(0);
    expect(await machine(name)).toMatchObject({ memoryMiB: 3072, disks });
    expect(await site.previewMachines(grown)).toEqual([]);
  });
});
