import type { ExportedStack, StateResource } from "../../../../operations/engine/exportedStack";
import { remoteSteps, withoutDeletes } from "../../../../operations/engine/remoteSteps";
import type { Driver } from "../../../../operations/engine/stackState";
import { describeLetGo, letGoOfSilent, toLetGo } from "../../../../operations/lost-nodes/letGo";

const SECRET = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({
  [SECRET]: "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const project = { name: "cluster", directory: "/checkout/cluster" };

function step(name: string, host: string, deletes = true): StateResource {
  const own = { create: secret("make"), ...(deletes ? { delete: "undo" } : {}) };
  return {
    urn: `urn:pulumi:dev::sitewright-cluster::command:remote:Command::devk8sclu-${name}`,
    type: "command:remote:Command",
    inputs: { ...own, connection: secret({ host, privateKey: "PEM" }) },
    outputs: { ...own, stdout: secret("") },
  };
}

const [MASTER, WORKER, BALANCER] = ["10.0.0.1", "10.0.0.2", "10.0.0.9"];
const resources: StateResource[] = [
  {
    urn: "urn:pulumi:dev::sitewright-cluster::pulumi:pulumi:Stack::sitewright-cluster-dev",
    type: "pulumi:pulumi:Stack",
  },
  step("prepare-m1", MASTER, false),
  step("harden-m1", MASTER),
  step("initialize", MASTER),
  step("prepare-w1", WORKER, false),
  // Made on the control plane for the worker.
  step("mint-w1", MASTER),
  step("join-w1", WORKER),
  step("trust-lb", BALANCER),
];
const steps = remoteSteps([
  ...resources,
  // The administrator's own step for a node that leaves logs in on no machine.
  {
    urn: "urn:pulumi:dev::sitewright-cluster::command:local:Command::leave-w1",
    type: "command:local:Command",
    inputs: { delete: "node" },
  },
]);
const named = (urns: readonly string[]) => urns.map((urn) => urn.split("::devk8sclu-").at(-1));

test("of a silent machine only the steps that log in there are let go", () => {
  const [gone, ...others] = toLetGo(steps, new Set([WORKER]));
  expect(others).toEqual([]);
  expect(gone.machine).toBe("w1");
  expect(named(gone.urns)).toEqual(["join-w1"]);
  expect(describeLetGo(gone)).toBe(
    "Machine w1 does not answer at 10.0.0.2:22: what 1 steps did there is not undone.",
  );
  const [first] = toLetGo(steps, new Set([MASTER]));
  expect(named(first.urns)).toEqual(["harden-m1", "initialize", "mint-w1"]);
  expect(toLetGo(steps, new Set([BALANCER]))).toMatchObject([{ machine: "lb" }]);
});

test("machines are found with the cluster's name before their steps, and without", () => {
  const short = steps.map((one) => ({ ...one, name: one.name.replace("devk8sclu-", "") }));
  expect(toLetGo(short, new Set([WORKER]))).toMatchObject([{ machine: "w1" }]);
});

test("a machine that answers never is, nor one that is not meant", () => {
  expect(toLetGo(steps, new Set())).toEqual([]);
  expect(toLetGo(steps, new Set([WORKER, MASTER]), ["w1"])).toMatchObject([{ machine: "w1" }]);
  expect(toLetGo(steps, new Set([MASTER]), ["w1"])).toEqual([]);
});

test("their delete goes from inputs and outputs, and nothing else changes", () => {
  const [gone] = toLetGo(steps, new Set([WORKER]));
  const stack: ExportedStack = { version: 3, deployment: { resources, manifest: { a: 1 } } };
  const before = structuredClone(stack);
  const after = withoutDeletes(stack, new Set(gone.urns));
  expect(stack).toEqual(before);
  const expected = structuredClone(stack);
  const join = expected.deployment.resources!.find(({ urn }) => urn.endsWith("join-w1"))!;
  delete join.inputs!["delete"];
  delete join.outputs!["delete"];
  expect(after).toEqual(expected);
});

describe("the state of cluster", () => {
  /** Lets go of silent machines; returns the hosts that were called, what was written, and what was printed. */
  async function run(silent: string[], only?: string[]) {
    const imported: ExportedStack[] = [];
    const called: string[][] = [];
    const said = jest.spyOn(console, "log").mockImplementation();
    const engine: Driver = {
      environment: "dev",
      backendUrl: "file:///state",
      capture: (_, args, options) => {
        if (args[1] === "import") {
          imported.push(JSON.parse(options?.input ?? "") as ExportedStack);
        }
        const text = JSON.stringify({ version: 3, deployment: { resources } });
        // Without the option the engine keeps secrets encrypted.
        const stdout = args.includes("--show-secrets")
          ? text
          : text.replaceAll('"plaintext"', '"ciphertext"');
        return Promise.resolve({ ok: true, stdout, stderr: "" });
      },
      run: () => Promise.reject(new Error("nothing is to be run")),
    };
    const gone = await letGoOfSilent(engine, project, {
      call: (hosts) => {
        called.push([...new Set(hosts)]);
        return Promise.resolve(new Set(hosts.filter((host) => silent.includes(host))));
      },
      ...(only === undefined ? {} : { only }),
    });
    const lines = said.mock.calls.map(([line]) => String(line));
    said.mockRestore();
    return { gone, imported, called, lines };
  }

  test("is not written while all machines answer", async () => {
    expect(await run([])).toEqual({
      gone: [],
      imported: [],
      called: [[MASTER, WORKER, BALANCER]],
      lines: [],
    });
  });

  test("is written once for all that are silent, still encrypted", async () => {
    const { gone, imported, lines } = await run([MASTER, WORKER]);
    expect(gone).toEqual(["m1", "w1"]);
    expect(lines).toHaveLength(2);
    expect(imported).toHaveLength(1);
    const left = imported[0].deployment.resources!.filter(({ inputs }) => inputs?.["delete"]);
    expect(left.map(({ urn }) => urn.split("-").at(-1))).toEqual(["lb"]);
    expect(JSON.stringify(imported)).not.toContain("plaintext");
  });

  test("only the machines that are meant are called", async () => {
    const { gone, called } = await run([MASTER, WORKER], ["w1"]);
    expect([gone, called]).toEqual([["w1"], [[WORKER]]]);
  });
});
