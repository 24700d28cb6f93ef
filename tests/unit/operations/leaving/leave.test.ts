import { OperatorError } from "../../../../lib/operatorError";
import { readArguments, settleSilence } from "../../../../operations/leave";

const WORDS = ["w4", "uuid", "worker", "10.0.0.4", "600"];

const but = (place: number, word: string) =>
  WORDS.map((one, index) => (index === place ? word : one));

test("the words of the delete step", () => {
  expect(readArguments(WORDS)).toEqual({
    machine: { name: "w4", vmId: "uuid", role: "worker", address: "10.0.0.4" },
    drainSeconds: 600,
  });
});

test.each([
  ["is missing", WORDS.slice(0, 4)],
  ["is empty", ["", ...WORDS.slice(1)]],
  ["is no role", but(2, "node")],
  ["is no address", but(3, "w4.test")],
  ["is no time", but(4, "soon")],
  ["is a time that has passed", but(4, "0")],
])("nothing leaves where one %s", (_, words) => {
  expect(() => readArguments(words)).toThrow("It is not clear which machine is to leave");
});

describe("an API that does not answer", () => {
  const silence = new OperatorError({ what: "kubectl failed.", why: "ECONNREFUSED", next: "-" });
  const settle = (variables: NodeJS.ProcessEnv) => {
    const said: string[] = [];
    settleSilence("w4", silence, variables, (line) => said.push(line));
    return said;
  };

  test("keeps the machine, and says how to give it up", () => {
    for (const variables of [{}, { SITEWRIGHT_LOST: "w5" }]) {
      expect(() => settle(variables)).toThrow(
        /w4 cannot leave the cluster; nothing was changed[\s\S]*ECONNREFUSED[\s\S]*make up LOST=w4/,
      );
    }
  });

  test("does not keep one that is given up, or the machines of a cluster that is", () => {
    expect(settle({ SITEWRIGHT_LOST: "w3,w4" })[0]).toContain(
      "its Node and its member of etcd stay",
    );
    expect(settle({ PULUMI_K8S_DELETE_UNREACHABLE: "true" })).toHaveLength(1);
  });
});
