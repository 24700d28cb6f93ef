import type { Engine } from "../../../../operations/engine/engine";
import { readMachineAgain } from "../../../../operations/etcd-backups/remakeMachine";

const project = { name: "infra", directory: "/checkout/infra" };
const VM = "vsphere:index/virtualMachine:VirtualMachine";
const urn = (name: string) => `urn:pulumi:prd::sitewright-infra::${VM}::${name}-vm`;

/** What the engine is asked to run for a machine, with a state that has these. */
async function ran(name: string, ...machines: string[]): Promise<string[][]> {
  const commands: string[][] = [];
  const resources = machines.map((one) => ({ urn: urn(one), type: VM }));
  const engine = {
    environment: "prd",
    backendUrl: "",
    capture: () =>
      Promise.resolve({
        ok: true,
        stdout: JSON.stringify({ deployment: { resources } }),
        stderr: "",
      }),
    run: (_: unknown, args: readonly string[]) => {
      commands.push([...args]);
      return Promise.resolve();
    },
  };
  await readMachineAgain(name)({ engine: engine as unknown as Engine, project });
  return commands;
}

test("of the state only the machine is read again, and outside the lab pulumi asks", async () => {
  expect(await ran("cp1", "cp1", "cp10", "wok1")).toEqual([
    ["refresh", "--target", urn("cp1"), "--stack", "prd"],
  ]);
});

test("a machine that an interrupted run has found to be gone is not read once more", async () => {
  expect(await ran("cp1", "wok1")).toEqual([]);
});
