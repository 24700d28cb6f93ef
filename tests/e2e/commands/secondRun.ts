import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { labMemory } from "../cluster/memory";
import { emptyProgramSeconds } from "../support/emptyProgram";
import {
  changesIn,
  environment,
  expectSuccess,
  logins,
  make,
  unchangedStacks,
} from "../support/harness";

const STACKS = 4;

/**
 * The most that `make up` without changes may cost, as a multiple of what its stacks cost as empty programs, measured in the same run:
 * machines differ by more than any fixed number of seconds has to spare. On a quiet machine it is 2 (tests/bench); other suites run
 * beside this one.
 */
const AT_MOST_EMPTY_PROGRAMS = 4;

export function secondRun(): void {
  test("changes nothing, logs in nowhere, and takes not much longer than empty programs", async () => {
    const { nodes, loadBalancer } = readEnvironmentFile(environment, { directory: checkout });
    const machines = [loadBalancer, ...nodes].map(({ name }) => name);
    const before = await logins(machines);
    const finished = await make("up");
    expectSuccess(finished);
    expect([unchangedStacks(finished), changesIn(finished)]).toEqual([STACKS, []]);
    expect(finished.output).toContain("all stacks are previewed at once");
    expect((await logins(machines)) - before).toBe(0);
    const empty = STACKS * (await emptyProgramSeconds());
    const ratio = finished.seconds / empty;
    console.log(
      `second make up: ${finished.seconds.toFixed(1)} s, ${ratio.toFixed(1)} times ${STACKS} empty programs (${empty.toFixed(1)} s)`,
    );
    expect(ratio).toBeLessThanOrEqual(AT_MOST_EMPTY_PROGRAMS);
  });

  test("the lab needs at most 8 GiB of memory", async () => {
    const memory = await labMemory();
    expect(memory).toBeGreaterThan(0.5);
    expect(memory).toBeLessThanOrEqual(8);
  });
}
