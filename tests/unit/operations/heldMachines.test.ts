import type { StateResource } from "../../../operations/engine/exportedStack";
import type { Driver } from "../../../operations/engine/stackState";
import {
  againWhileHeld,
  describeHeld,
  type HeldMachine,
  heldMachines,
  leavingMachines,
} from "../../../operations/heldMachines";
import { parseEnvironment } from "../../environment";
import { infraOf } from "../cluster/infra";
import { rawSite } from "../environment/site";
import { vmIdOf } from "../vmId";

const infra = infraOf(parseEnvironment("dev", rawSite("dev")));
const machine = (name: string): HeldMachine => ({ ...infra.nodes[1]!, name, vmId: vmIdOf(name) });

/** An engine whose stacks have these resources. */
function engineOf(states: { infra: StateResource[]; cluster: StateResource[] }): Driver {
  return {
    environment: "dev",
    backendUrl: "s3://states",
    capture: ({ name }) =>
      Promise.resolve({
        ok: true,
        stdout: JSON.stringify({
          version: 3,
          deployment: { resources: states[name as keyof typeof states] },
        }),
        stderr: "",
      }),
    run: () => Promise.reject(new Error("nothing is to be run")),
  };
}
const exported = (output: unknown): StateResource[] => [
  { urn: "root", type: "pulumi:pulumi:Stack", outputs: { infra: output } },
];

test("infra's output says which machines are held; older programs and a first update hold none", async () => {
  const held = [machine("gone")];
  const heldBy = (output?: unknown) =>
    heldMachines(engineOf({ infra: exported(output), cluster: [] }));
  expect(await heldBy({ ...infra, held })).toEqual(held);
  expect(await heldBy({ ...infra, held: undefined })).toEqual([]);
  expect(await heldBy()).toEqual([]);
});

test("machines with steps of cluster that infra does not have as listed are about to leave", async () => {
  const [first, second] = infra.nodes;
  const cluster = [`devk8sclu-prepare-${first!.name}`, `prepare-${second!.name}`, "join-x"].map(
    (name) => ({ urn: `urn:pulumi:dev::c::command:remote:Command::${name}`, type: "c" }),
  );
  const leaving = (nodes: typeof infra.nodes) =>
    leavingMachines(engineOf({ infra: exported({ ...infra, nodes }), cluster }));
  expect(await leaving(infra.nodes)).toEqual([]);
  expect(await leaving(infra.nodes.slice(1))).toEqual([first!.name]);
  expect(await leaving([])).toEqual([first!.name, second!.name]);
});

describe("make up goes on", () => {
  /** Brings up again what holds these machines after each update of infra; returns the order of updates. */
  async function run(...held: string[][]): Promise<string[]> {
    const done: string[] = [];
    let at = 0;
    await againWhileHeld(() => Promise.resolve((held[at] ?? []).map(machine)), {
      infra: () => {
        at += 1;
        done.push("infra");
        return Promise.resolve();
      },
      cluster: () => {
        done.push("cluster");
        return Promise.resolve();
      },
    });
    return done;
  }

  test("not at all where nothing is held", async () => {
    expect(await run([])).toEqual([]);
  });

  test("with infra and cluster until all machines are gone", async () => {
    expect(await run(["a", "b"], [])).toEqual(["infra", "cluster"]);
    expect(await run(["a", "b", "c"], ["b", "c"], ["c"], [])).toEqual([
      "infra",
      "cluster",
      "infra",
      "cluster",
      "infra",
      "cluster",
    ]);
  });

  test("and ends with the names where a pass lets none go", async () => {
    await expect(run(["a", "b"], ["b"], ["b"])).rejects.toThrow(/^b cannot go: [^]*next: /);
  });
});

test("one stack alone says what is held, and what to run", () => {
  const held = [machine("a"), machine("b")];
  const said = (stack: string) => describeHeld(held, { stack, environment: "dev" });
  expect(said("infra")).toMatch(
    /^a, b: kept as recorded[^]*make up ENV=dev, or make up STACK=cluster ENV=dev and make up STACK=infra ENV=dev$/,
  );
  expect(said("cluster")).toMatch(/^a, b: out of the cluster[^]*make up STACK=infra ENV=dev/);
  expect(said("apps")).toBeUndefined();
  expect(describeHeld([], { stack: "infra", environment: "dev" })).toBeUndefined();
});
