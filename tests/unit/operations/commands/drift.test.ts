import { type ChangedFile, stepsToRepeat } from "../../../../operations/drift/machineFiles";
import { readDriftNote, repeatSteps, writeDriftNote } from "../../../../operations/drift/note";
import { plannedChanges, readPlan } from "../../../../operations/drift/plannedChanges";
import { describeDrift } from "../../../../operations/drift/text";
import type { StateResource } from "../../../../operations/engine/exportedStack";
import type { Driver } from "../../../../operations/engine/stackState";
import { useStateFolder } from "../stateFolder";

const project = { name: "cluster", directory: "/checkout/cluster" };
const urnOf = (type: string, name: string) =>
  `urn:pulumi:dev::sitewright-cluster::${type}::${name}`;
const command = (name: string, inputs: object): StateResource => ({
  urn: urnOf("command:remote:Command", name),
  type: "command:remote:Command",
  inputs: { ...inputs },
  outputs: { ...inputs, stdout: { ciphertext: "v1" } },
});
/** A step as it is in the state: for which machine it is stands in its script. */
const stepFor = (name: string, ...ids: string[]) =>
  command(name, { triggers: ["id-of-previous"], create: `# Runs again: ${ids.join(" ")}\nwork` });
const file = (machine: string, keeper: ChangedFile["keeper"]): ChangedFile => ({
  machine,
  vmId: `id-of-${machine}`,
  keeper,
  matter: "changed",
  path: `/etc/${keeper}`,
  difference: ["-one", "+two"],
});

describe("what a preview says", () => {
  const node = urnOf("kubernetes:core/v1:NodePatch", "node-worker1");
  const secret = urnOf("kubernetes:core/v1:Secret", "password");
  const plan = (steps: object[]) => readPlan(JSON.stringify({ steps }));

  test("is what up would change, with what the site has there", () => {
    const oldState = { outputs: { metadata: { labels: { "a.b/net": "elsewhere" } } } };
    const detailedDiff = { 'metadata.labels["a.b/net"]': {}, "spec.taints[0].key": {} };
    expect(
      plan([
        { op: "refresh", urn: node, detailedDiff },
        { op: "same", urn: node },
        { op: "update", urn: node, detailedDiff, oldState },
      ]),
    ).toEqual([
      {
        operation: "update",
        urn: node,
        name: "node-worker1",
        kind: "NodePatch",
        properties: ['metadata.labels["a.b/net"] (is elsewhere)', "spec.taints[0].key"],
      },
    ]);
  });

  test("shows no value of a Secret, no structure and no long text", () => {
    const outputs = { data: { key: "c2VjcmV0" }, spec: {}, text: "x".repeat(61) };
    const step = { op: "update", urn: secret, oldState: { outputs } };
    expect(plan([{ ...step, detailedDiff: { "data.key": {} } }])[0].properties).toEqual([
      "data.key",
    ]);
    const other = { ...step, urn: node, detailedDiff: { spec: {}, text: {} } };
    expect(plan([other])[0].properties).toEqual(["spec", "text"]);
  });

  test("counts a replacement once", () => {
    const operations = ["create-replacement", "replace", "delete-replaced"];
    expect(plan(operations.map((op) => ({ op, urn: node })))).toHaveLength(1);
  });

  test("that fails is an error with the engine's reason", async () => {
    const diagnostics = [{ severity: "error", message: "no route to host" }];
    const engine = {
      environment: "dev",
      capture: () =>
        Promise.resolve({ ok: false, stdout: JSON.stringify({ diagnostics }), stderr: "" }),
    } as unknown as Driver;
    await expect(plannedChanges(engine, project)).rejects.toThrow(
      /could not be refreshed[^]*no route to host/,
    );
  });
});

test.each([
  ["", ""],
  [", also under its former name", "k8s-"],
])(
  "a changed file is written again by the step of its kind on its machine, and by no other%s",
  (_, prefix) => {
    const resources = [
      stepFor(`${prefix}prepare-node1`, "id-of-node1"),
      // An older program left it: there it stands among the triggers alone.
      command(`${prefix}prepare-node2`, { triggers: ["id-of-node2"], create: "work" }),
      stepFor(`${prefix}mint-node1`, "id-of-node2", "id-of-node1"),
      stepFor(`${prefix}join-node1`, "id-of-node1"),
      stepFor(`${prefix}initialize`, "id-of-node2"),
      stepFor(`${prefix}trust-lb1`, "id-of-lb1"),
    ];
    const steps = (files: ChangedFile[], of = "cluster") =>
      stepsToRepeat(of, resources, files).map((urn) => urn.split("::").at(-1));
    expect(steps([file("node1", "prepare")])).toEqual([`${prefix}prepare-node1`]);
    expect(steps([file("node2", "prepare")])).toEqual([`${prefix}prepare-node2`]);
    expect(steps([file("node1", "member"), file("node2", "member")])).toEqual([
      `${prefix}join-node1`,
      `${prefix}initialize`,
    ]);
    expect(steps([file("lb1", "trust"), file("lb1", "haproxy")])).toEqual([`${prefix}trust-lb1`]);
    expect(steps([file("node1", "prepare")], "infra")).toEqual([]);
  },
);

test("a step that is to be repeated has another script in the state, once; all else stays", async () => {
  const inputs = { triggers: ["id"], create: "make", update: "renew" };
  const [one, other] = [command("one", inputs), command("other", inputs)];
  let state = { version: 3, deployment: { resources: [one, other], manifest: { magic: "x" } } };
  const engine = {
    environment: "dev",
    capture: (_: unknown, args: readonly string[], options?: { input?: string }) => {
      if (args[1] === "import") {
        state = JSON.parse(options?.input ?? "") as typeof state;
      }
      return Promise.resolve({ ok: true, stdout: JSON.stringify(state), stderr: "" });
    },
  } as unknown as Driver;
  await repeatSteps(engine, project, [one.urn, "urn:gone"]);
  await repeatSteps(engine, project, [one.urn]);
  const update = "renew\n# changed by hand";
  expect(state).toEqual({
    version: 3,
    deployment: {
      resources: [
        { ...one, inputs: { ...one.inputs, update }, outputs: { ...one.outputs, update } },
        other,
      ],
      manifest: { magic: "x" },
    },
  });
});

describe("the note for the next up", () => {
  useStateFolder();

  test("is there until it is taken away, for its stack alone", () => {
    expect(readDriftNote("dev", "cluster")).toBeUndefined();
    writeDriftNote("dev", "cluster", { steps: ["urn"] });
    expect(readDriftNote("dev", "cluster")).toEqual({ steps: ["urn"] });
    expect(readDriftNote("dev", "infra")).toBeUndefined();
    writeDriftNote("dev", "cluster");
    writeDriftNote("dev", "cluster");
    expect(readDriftNote("dev", "cluster")).toBeUndefined();
  });
});

test("the report says what is how, and counts it", () => {
  const change = { urn: "", name: "whoami", kind: "Deployment", properties: [] };
  const { text, count } = describeDrift([
    { stack: "infra", changes: [], files: [] },
    {
      stack: "cluster",
      changes: [
        { ...change, operation: "update", properties: ["spec.replicas (is 0)"] },
        { ...change, operation: "replace" },
      ],
      files: [file("node1", "member")],
    },
  ]);
  expect(count).toBe(3);
  expect(text).toBe(`infra: as the program has it
cluster:
  Deployment whoami differs
    spec.replicas (is 0)
  Deployment whoami differs, and would be REPLACED
  node1: /etc/member has another content
    -one
    +two`);
});
