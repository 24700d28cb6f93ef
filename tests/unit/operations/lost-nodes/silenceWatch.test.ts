import { setTimeout as delay } from "node:timers/promises";

import { machinesIn, namingSilentMachines } from "../../../../operations/lost-nodes/silenceWatch";
import { site } from "../../environment/site";

const machines = [
  { name: "a", address: "10.0.0.1" },
  { name: "b", address: "10.0.0.2" },
];

/** What is said until the machines were called so often; those that are silent at each call, by address. */
async function watch(enough: number, silent: (call: number) => string[]) {
  const said: string[] = [];
  let calls = 0;
  let end = (): void => undefined;
  const called = new Promise<void>((resolve) => (end = resolve));
  await namingSilentMachines(machines, () => (enough === 0 ? Promise.resolve() : called), {
    say: (line) => said.push(line),
    times: { first: 20, every: 5 },
    call: () => {
      calls += 1;
      // What this call finds is said before the work ends.
      setTimeout(() => calls === enough && end());
      return Promise.resolve(new Set(silent(calls)));
    },
  });
  const ended = calls;
  await delay(30);
  expect(calls).toBe(ended);
  return { said, calls };
}

test("a machine that stays silent is named once", async () => {
  const { said } = await watch(4, () => ["10.0.0.2"]);
  expect(said).toEqual([expect.stringContaining("Machine b does not answer at 10.0.0.2:22")]);
});

test("one that answers in between is not", async () => {
  const { said } = await watch(6, (call) => (call % 2 === 0 ? ["10.0.0.2"] : []));
  expect(said).toEqual([]);
});

test("work that ends at once calls no machine", async () => {
  expect(await watch(0, () => ["10.0.0.1"])).toEqual({ said: [], calls: 0 });
});

test("a failure is passed on, and ends the calls", async () => {
  const fails = () => Promise.reject(new Error("failed"));
  await expect(namingSilentMachines(machines, fails)).rejects.toThrow("failed");
});

test("load balancers are machines, too", () => {
  expect(machinesIn(site("dev")).map(({ name }) => name)).toContain("devk8slb501");
});
