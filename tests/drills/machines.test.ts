import { configuration, machinesUp, nodesOf } from "../integration/support/machinesUp";
import type { RawConfig } from "../integration/support/vcenter";

/** More changes around machines that do not change the machines. No lab is needed. */
jest.setTimeout(300_000);

const { site, machine } = machinesUp(18_942);

/** The same with one more worker, a linked clone. */
const withLinkedClone = (template: string) => (config: RawConfig) => {
  configuration(config);
  Object.assign(config["site:vsphere"], { clone: "linked", template });
  const nodes = nodesOf(config);
  nodes.push({ ...nodes[1], name: "devk8swok509", address: "172.30.10.69" });
};

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

test("a disk that a CSI driver has attached stays attached when something else of its machine changes", async () => {
  const name = "devk8swok501";
  const grown = (config: RawConfig) => {
    configuration(config);
    nodesOf(config)[1]["memoryMiB"] = 3072;
  };

  await site.attachDisk(`/coolcorp/vm/kubernetes/${name}`);
  const refresh = ["refresh", "--yes", "--skip-preview", ...site.select()];
  expect((await site.pulumi("infra", refresh)).exitCode).toBe(0);
  const { disks } = await machine(name);
  expect(await site.previewMachines(grown)).toEqual([`update ${name}-vm`]);
  expect((await site.upMachines(grown)).exitCode).toBe(0);
  expect(disks).toHaveLength(2);
  expect(await machine(name)).toMatchObject({ memoryMiB: 3072, disks });
  expect(await site.previewMachines(grown)).toEqual([]);
});
