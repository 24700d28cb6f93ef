import { OperatorError } from "../../../../lib/operatorError";
import { readArguments, settleSilence } from "../../../../operations/restart";

const WORDS = [
  "before",
  "c1",
  "uuid",
  "control-plane",
  "10.0.0.1",
  "600",
  "2",
  "sole",
  "w4,w5",
  "c1,w4,w5",
];
const but = (place: number, word: string) =>
  WORDS.map((one, index) => (index === place ? word : one));

test("the words of the hook", () => {
  expect(readArguments(WORDS)).toEqual({
    when: "before",
    machine: { name: "c1", vmId: "uuid", role: "control-plane", address: "10.0.0.1" },
    ...{ drainSeconds: 600, maxUnavailable: 2, isSole: true },
    inFlight: new Set(["w4", "w5"]),
    restarted: new Set(["c1", "w4", "w5"]),
  });
  expect(readArguments(but(8, "")).inFlight.size).toBe(0);
});

test.each([
  ["is missing", WORDS.slice(0, 9)],
  ["is no moment", but(0, "now")],
  ["is no number", but(6, "0")],
  ["is unknown", but(7, "some")],
])("nothing is restarted where one %s", (_, words) => {
  expect(() => readArguments(words)).toThrow("It is not clear which machine is to be restarted");
});

describe("an API that does not answer", () => {
  const silence = new OperatorError({ what: "kubectl failed.", why: "ECONNREFUSED", next: "-" });
  const settle = (
    change: Partial<Parameters<typeof settleSilence>[0]>,
    variables: NodeJS.ProcessEnv = {},
  ) => {
    const said: string[] = [];
    const restart = { ...readArguments(but(7, "one-of-several")), ...change };
    settleSilence(restart, silence, variables, (line) => said.push(line));
    return said;
  };

  test("refuses a restart, and says how to do without", () => {
    expect(() => settle({})).toThrow(/c1 is not restarted[^]*ECONNREFUSED[^]*make up LOST=c1/);
    expect(() => settle({ when: "check" }, { SITEWRIGHT_LOST: "c2" })).toThrow("not restarted");
  });

  test("does not refuse that of the sole control plane, or of a machine that is given up", () => {
    expect(settle({ isSole: true })[0]).toContain("restarted without a drain");
    expect(settle({}, { SITEWRIGHT_LOST: "c1" })).toHaveLength(1);
  });

  test("after a restart is an error for the sole one, too", () => {
    expect(() => settle({ when: "after", isSole: true }, { SITEWRIGHT_LOST: "c1" })).toThrow(
      /c1 was restarted[^]*No other machine is restarted/,
    );
  });
});
