import { setTimeout as delay } from "node:timers/promises";

import { machinesIn, namingSilentMachines } from "../../../operations/silenceWatch";
import { site } from "../environment/site";

const machines = [
  { name: "a", address: "10.0.0.1" },
  { name: "b", address: "10.0.0.2" },
];

/** What is said while something runs so long; the machines that are silent at each call, by address. */
async function watch(ms: number, silent: (call: number) => string[]) {
  const said: string[] = [];
  let calls = 0;
  await namingSilentMachines(machines, () => delay(ms), {
    say: (line) => said.push(line),
    times: { first: 20, every: 5 },
    call: () => Promise.resolve(new Set(silent(++calls))),
  });
  const ended = calls;
  await delay(30);
  expect(calls).toBe(ended);
  return { said, calls };
}

test("a machine that stays silent is named once", async () => {
  const { said } = await watch(150, () => ["10.0.0.2"]);
  expect(said).toEqual([expect.stringContaining("Machine b does not answer at 10.0.0.2:22")]);
});

test("one that answers in between is not", async () => {
  const { said } = await watch(100, (call) => (call % 2 === 0 ? ["10.0.0.2"] : []));
  expect(said).toEqual([]);
});

test("what ends at once calls nobody", async () => {
  expect(await watch(0, () => ["10.0.0.1"])).toEqual({ said: [], calls: 0 });
});

test("a failure is passed on, and ends the calls", async () => {
  const fails = () => Promise.reject(new Error("failed"));
  await expect(namingSilentMachines(machines, fails)).rejects.toThrow("failed");
});

test("load balancers are machines, too", () => {
  expect(machinesIn(site("dev")).map(({ name }) => name)).toContain("devk8slb501");
});
