import { readEnvironmentFile } from "../../environment/file";
import { checkout } from "../../operations/paths";
import { environment, expectSuccess, logins, make } from "./harness";
import { labMemory } from "./memory";

export function secondRun(): void {
  test("changes nothing, logs in nowhere, and takes at most 45 s", async () => {
    const { nodes, loadBalancer } = readEnvironmentFile(environment, { directory: checkout });
    const machines = [loadBalancer, ...nodes].map(({ name }) => name);
    const before = await logins(machines);
    const finished = await make("up");
    expectSuccess(finished);
    const summaries = finished.output.match(/Resources:\n(.*\n)+?\n/g) ?? [];
    expect(summaries).toHaveLength(4);
    for (const summary of summaries) {
      expect(summary).toMatch(/^Resources:\n +[0-9]+ unchanged\n\n$/);
    }
    expect((await logins(machines)) - before).toBe(0);
    expect(finished.seconds).toBeLessThanOrEqual(45);
  });

  test("the lab needs at most 8 GiB of memory", async () => {
    const memory = await labMemory();
    expect(memory).toBeGreaterThan(0.5);
    expect(memory).toBeLessThanOrEqual(8);
  });
}
