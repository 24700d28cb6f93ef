import { settleInterruptedUpdate, type Driver } from "../../../operations/interrupted";

const project = { name: "infra", directory: "/checkout/infra" };
const machine = "vsphere:index/virtualMachine:VirtualMachine";
const pending = {
  type: "creating",
  resource: {
    urn: `urn:pulumi:dev::infra::sitewright:infra:Machine$${machine}::node1-vm`,
    type: machine,
    provider: "urn:pulumi:dev::infra::pulumi:providers:vsphere::vcenter::1",
    inputs: { folder: "kubernetes", name: "node1" },
  },
};
const cutOff = `urn:pulumi:dev::infra::${machine}::cut-off-node1`;

/** An engine whose stack has the given state, and that answers an import as told. Notes its commands. */
function engineWith(
  deployment: { resources?: { urn: string }[]; pending_operations?: object[] },
  importAnswer: { ok: boolean; stdout: string },
): { engine: Driver; commands: string[]; imported: string[] } {
  const commands: string[] = [];
  const imported: string[] = [];
  const note = (args: readonly string[]): number =>
    commands.push(args.filter((word) => !word.startsWith("-")).join(" "));
  const engine: Driver = {
    environment: "dev",
    backendUrl: "file:///state",
    capture: (_, args, options) => {
      note(args);
      const answer = { ok: true, stdout: "", stderr: "" };
      if (args[0] === "import") {
        return Promise.resolve({ ...answer, ...importAnswer });
      }
      if (args[1] === "import") {
        imported.push(options?.input ?? "");
      }
      return Promise.resolve({ ...answer, stdout: JSON.stringify({ version: 3, deployment }) });
    },
    run: (_, args) => {
      note(args);
      return Promise.resolve();
    },
  };
  return { engine, commands, imported };
}

beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

test("a machine that vCenter has is taken over and removed before its entry is dropped", async () => {
  const state = { resources: [], pending_operations: [pending] };
  const { engine, commands, imported } = engineWith(state, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, "coolcorp");
  expect(commands).toEqual([
    "stack export dev",
    expect.stringMatching(`^import ${machine} cut-off-node1 /coolcorp/vm/kubernetes/node1 `),
    `destroy dev ${cutOff}`,
    "stack export dev",
    "stack import dev",
  ]);
  expect(JSON.parse(imported[0])).toMatchObject({ deployment: { pending_operations: [] } });
});

test("a machine that vCenter does not have is only forgotten", async () => {
  const state = { resources: [], pending_operations: [pending] };
  const answer = { ok: false, stdout: "error: vm '/coolcorp/vm/kubernetes/node1' not found" };
  const { engine, commands } = engineWith(state, answer);
  await settleInterruptedUpdate(engine, project, "coolcorp");
  expect(commands.filter((command) => command.startsWith("destroy"))).toEqual([]);
  expect(commands.at(-1)).toBe("stack import dev");
});

test("when vCenter gives no answer, nothing is forgotten", async () => {
  const state = { resources: [], pending_operations: [pending] };
  const { engine, imported } = engineWith(state, {
    ok: false,
    stdout: "error: connection refused",
  });
  await expect(settleInterruptedUpdate(engine, project, "coolcorp")).rejects.toThrow(
    /cannot be told\.\n {2}where: \/coolcorp\/vm\/kubernetes\/node1\n {2}why: {3}error: connection refused/,
  );
  expect(imported).toEqual([]);
});

test("a machine that an earlier attempt took over is removed, and not looked for again", async () => {
  const state = { resources: [{ urn: cutOff }], pending_operations: [pending] };
  const { engine, commands } = engineWith(state, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, "coolcorp");
  expect(commands.filter((command) => command.startsWith("import"))).toEqual([]);
  expect(commands).toContain(`destroy dev ${cutOff}`);
});

test("a stack that nothing interrupted is left alone", async () => {
  const { engine, commands } = engineWith({ resources: [] }, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, "coolcorp");
  expect(commands).toEqual(["stack export dev"]);
});
