import type { Infra } from "../../../environment/contracts";
import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { withChangedNode } from "../../e2e/support/environmentFile";
import {
  changesIn,
  type Cut,
  environment,
  expectSuccess,
  outputs,
} from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";
import { bringUp } from "../bringUp";
import { survives } from "../survives";

/** So many kills mean a fault: a machine has about 15 steps. */
const MOST_KILLS = 80;

/** The engine's line when a step begins, and what the program says that lets a node go. */
const STEP =
  /((?:command|vsphere|kubernetes|tls):\S+ \S+ (?:creating|updating|deleting)(?: original| replacement)?) \(0s\)|(leave-\S+ deleting) \([^)]*\) \S+: ([a-z' ]{6,})/g;

/** A machine is replaced while `make up` is killed, with all its processes, at each of its steps. */
export function kills(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const [, controlPlane] = site.nodes.filter(({ role }) => role === "control-plane");
  const worker = site.nodes.filter(({ role }) => role === "worker").at(-1)!;
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(() => edited.remove());

  test.each([
    ["a control plane", controlPlane.name],
    ["a worker", worker.name],
  ])(
    "%s is replaced although every step of it is killed once",
    async (what, name) => {
      edited.edit(withChangedNode(name, { generation: 2 }));
      const seen = new Set<string>();
      await survives(`${what} is replaced, killed at every step`, site.nodes, async () => {
        await killedEverywhere(edited, seen);
        await bringUp(edited);
      });
      console.log(`${seen.size} kills: ${[...seen].join(", ")}`);
      expect([...seen].join()).toMatch(/leave-\S+ deleting draining/);
      expect([...seen].join()).toMatch(/VirtualMachine \S+ deleting/);
      expect([...seen].join()).toMatch(/join-\S+ creating/);
      edited.revert();
      await bringUp(edited);
      expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    },
    60 * 60_000,
  );
}

/** Brings infra and cluster up in turn, killed at each step that no earlier run has seen, until there is nothing new to kill. */
async function killedEverywhere(edited: EditedCheckout, seen: Set<string>): Promise<void> {
  for (;;) {
    for (const stack of ["infra", "cluster"]) {
      for (;;) {
        const finished = await edited.make("up", { stack, cut: nextUnseen(seen) });
        if (finished.signal === undefined) {
          expectSuccess(finished);
          break;
        }
        expect(seen.size).toBeLessThan(MOST_KILLS);
      }
    }
    const { held } = await outputs<Infra>("infra", "infra");
    if (held.length === 0) {
      return;
    }
  }
}

/** Kills at the first step that no earlier run has seen, and remembers it. */
function nextUnseen(seen: Set<string>): Cut {
  const isUnseen = (what: string): boolean => !seen.has(what) && Boolean(seen.add(what));
  return {
    signal: "SIGKILL",
    when: {
      test: (output) =>
        [...output.matchAll(STEP)].some(([, step, leave, said]) =>
          isUnseen(step ?? `${leave} ${said!.trim()}`),
        ),
    },
  };
}
