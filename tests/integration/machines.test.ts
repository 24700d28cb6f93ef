import type { Engine } from "../../operations/engine/engine";
import { selectProjects } from "../../operations/engine/stacks";
import { readMachineAgain } from "../../operations/etcd-backups/remakeMachine";
import { configuration, machinesUp } from "./support/machinesUp";
import { password, type RawConfig, VIRTUAL_MACHINE } from "./support/vcenter";

/**
 * What the machines of a site are like in the vCenter, and what may change around them without changing them: more of it is in
 * tests/drills/machines.test.ts.
 */
jest.setTimeout(300_000);

const { site, machine } = machinesUp(18_960);

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

test("a disk that a CSI driver has attached is no change, whether the state knows of it or not", async () => {
  const name = "devk8swok501";
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

test("another password of the provisioner: up logs in with it, records when, and changes no machine", async () => {
  const since = async () =>
    (await site.state()).find(({ urn }) => urn.endsWith("::provisioner-password-since"))?.outputs?.[
      "stdout"
    ] as string;
  const [before, machines] = [await since(), await site.machines()];
  expect(Date.now() - Date.parse(before)).toBeLessThan(1_800_000);
  const other = "integration, renewed";
  site.changePassword(other);
  const refused = await site.upMachines(configuration);
  expect(refused.exitCode).not.toBe(0);
  expect(await since()).toBe(before);

  const made = await site.upMachines(configuration, { password: other });
  expect([made.exitCode, made.output]).toEqual([0, expect.stringContaining(" +-1 replaced")]);
  expect(made.output).not.toContain("VirtualMachine");
  expect(Date.parse(await since())).toBeGreaterThan(Date.parse(before));
  expect(await site.machines()).toEqual(machines);
  expect(await site.planned()).toEqual([]);

  site.changePassword(password);
  expect((await site.upMachines(configuration)).exitCode).toBe(0);
});

test("a machine that was deleted in the vCenter is made again once its entry in the state is read again, and not before", async () => {
  const name = "devk8smst501";
  const before = await site.machines();
  const entry = async (suffix: string) =>
    (await site.state()).find(({ urn }) => urn.endsWith(`::${name}-${suffix}`))!;
  const hostKey = async () => (await entry("host-key")).outputs?.["publicKeyOpenssh"] as unknown;
  const key = await hostKey();
  await site.deleteMachine(`/coolcorp/vm/kubernetes/${name}`);
  expect(await site.planned()).toEqual([]);

  // A refresh of everything fails where others refer to the machine.
  let printed = "";
  const engine = site.driver((output) => (printed += output)) as Engine;
  await readMachineAgain(name)({ engine, project: selectProjects("infra")[0] });
  expect(printed).toMatch(/- 1 deleted/);
  const made = await site.update();
  expect([made.exitCode, made.output]).toEqual([0, expect.stringMatching(/ \+ 1 created/)]);
  expect(made.output).not.toMatch(/ (- [0-9]+ deleted|\+-[0-9]+ replaced)/);
  const after = await site.machines();
  const others = (machines: typeof before) => machines.filter((one) => one.name !== name);
  expect(others(after)).toEqual(others(before));
  const uuid = (machines: typeof before) => machines.find((one) => one.name === name)?.uuid;
  expect(uuid(after)).toBeDefined();
  expect(uuid(after)).not.toBe(uuid(before));
  // So whoever knew the machine knows the new one.
  expect(await hostKey()).toEqual(key);
  expect(await site.previewMachines(configuration)).toEqual([]);
});
