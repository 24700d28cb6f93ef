import type { Driver } from "../../../operations/engine/stackState";
import { settleInterruptedUpdate } from "../../../operations/recovery/pendingOperations";
import { provenMachines } from "../../../operations/recovery/provenMachines";
import {
  addUnconfirmedCreates,
  readUnconfirmedCreates,
} from "../../../operations/recovery/unconfirmedCreates";
import { noteBegin } from "../../../operations/recovery/updateBegin";
import type { Vcenter } from "../../../operations/recovery/vcenter";
import { machineMark } from "../../../vcenter/machineMark";
import { useStateFolder } from "./stateFolder";
import { absent, vcenterWith, vcenterWithMachines } from "./vcenterWith";

const project = { name: "infra", directory: "/checkout/infra" };
const machine = "vsphere:index/virtualMachine:VirtualMachine";
const pending = {
  type: "creating",
  resource: {
    urn: `urn:pulumi:dev::sitewright-infra::sitewright:infra:Machine$${machine}::node1-vm`,
    type: machine,
    provider: "urn:pulumi:dev::sitewright-infra::pulumi:providers:vsphere::vcenter::1",
    inputs: { folder: "kubernetes", name: "node1" },
  },
};
const provider = { urn: "urn:pulumi:dev::sitewright-infra::pulumi:providers:vsphere::vcenter" };
const hostKey = {
  type: "tls:index/privateKey:PrivateKey",
  urn: "urn:pulumi:dev::sitewright-infra::sitewright:infra:Machine$tls:index/privateKey:PrivateKey::node1-host-key",
  outputs: { publicKeyOpenssh: "ssh-ed25519 AAAAhost\n" },
};
const ours = machineMark("ssh-ed25519 AAAAhost");
const cutOff = `urn:pulumi:dev::sitewright-infra::${machine}::cut-off-node1`;

/** An engine whose stack has the given state, and that answers an import as told. Notes its commands. */
function engineWith(
  deployment: { resources?: { urn: string }[]; pending_operations?: object[] },
  importAnswer: { ok: boolean; stdout: string },
  /** One for each export, where the state changes meanwhile; the last one stays. */
  states: object[] = [deployment],
): { engine: Driver; commands: string[]; imported: string[] } {
  const commands: string[] = [];
  const remaining = [...states];
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
      const state = remaining.length > 1 ? remaining.shift() : remaining[0];
      return Promise.resolve({
        ...answer,
        stdout: JSON.stringify({ version: 3, deployment: state }),
      });
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
useStateFolder();

test("a machine that vCenter has is taken over and removed before its entry is dropped", async () => {
  const state = { resources: [provider, hostKey], pending_operations: [pending] };
  const { engine, commands, imported } = engineWith(state, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, vcenterWithMachines(ours));
  expect(commands).toEqual([
    "stack export dev",
    expect.stringMatching(`^import ${machine} cut-off-node1 /coolcorp/vm/kubernetes/node1 `),
    `destroy dev ${cutOff}`,
    "stack export dev",
    // Once more, to see that no other run has written it.
    "stack export dev",
    "stack import dev",
  ]);
  expect(JSON.parse(imported[0])).toMatchObject({ deployment: { pending_operations: [] } });
});

test("a machine that vCenter does not have yet stays in doubt, until the state has it", async () => {
  const answer = { ok: false, stdout: "error: vm '/coolcorp/vm/kubernetes/node1' not found" };
  const first = engineWith({ resources: [provider], pending_operations: [pending] }, answer);
  expect(await settleInterruptedUpdate(first.engine, project, vcenterWith())).toEqual([
    pending.resource.urn,
  ]);
  expect(first.commands.filter((command) => command.startsWith("destroy"))).toEqual([]);
  expect(first.commands.at(-1)).toBe("stack import dev");

  const second = engineWith({ resources: [provider, hostKey] }, { ok: true, stdout: "" });
  expect(await settleInterruptedUpdate(second.engine, project, vcenterWithMachines(ours))).toEqual(
    [],
  );
  expect(second.commands).toContain(`destroy dev ${cutOff}`);
});

test("a machine that the state has is in doubt no more, and not looked for", async () => {
  addUnconfirmedCreates("dev", "infra", [pending.resource]);
  const { engine, commands } = engineWith(
    { resources: [provider, pending.resource] },
    { ok: true, stdout: "" },
  );
  expect(await settleInterruptedUpdate(engine, project, vcenterWith())).toEqual([]);
  expect(commands).toEqual(["stack export dev"]);
  expect(readUnconfirmedCreates("dev", "infra")).toEqual([]);
});

test("doubts about a site that is no more are forgotten", async () => {
  addUnconfirmedCreates("dev", "infra", [pending.resource]);
  const { engine, commands } = engineWith({}, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, vcenterWith());
  expect(commands).toEqual(["stack export dev"]);
  expect(readUnconfirmedCreates("dev", "infra")).toEqual([]);
});

test("when vCenter gives no answer, nothing is forgotten", async () => {
  const state = { resources: [provider, hostKey], pending_operations: [pending] };
  const { engine, imported } = engineWith(state, {
    ok: false,
    stdout: "error: connection refused",
  });
  await expect(settleInterruptedUpdate(engine, project, vcenterWithMachines(ours))).rejects.toThrow(
    /^It is unknown whether a killed update of infra has made this\.\n {2}where: \/coolcorp\/vm\/kubernetes\/node1\n {2}why: {3}error: connection refused/,
  );
  expect(imported).toEqual([]);
});

test("a machine that an earlier attempt took over is removed, and not looked for again", async () => {
  const state = { resources: [provider, { urn: cutOff }], pending_operations: [pending] };
  const { engine, commands } = engineWith(state, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, vcenterWithMachines("of another"));
  expect(commands.filter((command) => command.startsWith("import"))).toEqual([]);
  expect(commands).toContain(`destroy dev ${cutOff}`);
});

describe("a state that another run changes meanwhile", () => {
  const role = { ...pending.resource, type: "vsphere:index/role:Role" };
  const [begun] = [{ type: "creating", resource: { ...role, inputs: { name: "r" } } }];
  const before = { resources: [provider], pending_operations: [begun] };

  test.each([
    ["with another resource", { ...before, resources: [provider, { urn: "urn:of-another" }] }],
    ["by no more than one input", { ...before, resources: [{ ...provider, inputs: { a: 1 } }] }],
  ])("is not written over: %s", async (_, after) => {
    const { engine, imported } = engineWith(before, { ok: true, stdout: "" }, [before, after]);
    await expect(settleInterruptedUpdate(engine, project, vcenterWith())).rejects.toThrow(
      /^The state of stack infra changed meanwhile[^]*Nothing was written\./,
    );
    expect(imported).toEqual([]);
  });

  test("keeps what another killed update was doing", async () => {
    const other = { ...pending, resource: { ...pending.resource, urn: "urn:of-another" } };
    const after = { resources: [provider, hostKey], pending_operations: [pending, other] };
    const { engine, imported } = engineWith(
      { resources: [provider, hostKey], pending_operations: [pending] },
      { ok: true, stdout: "" },
      [{ resources: [provider, hostKey], pending_operations: [pending] }, after],
    );
    await settleInterruptedUpdate(engine, project, vcenterWithMachines(ours));
    expect(JSON.parse(imported[0])).toMatchObject({ deployment: { pending_operations: [other] } });
  });
});

test("a stack that nothing interrupted is left alone", async () => {
  const { engine, commands } = engineWith({ resources: [] }, { ok: true, stdout: "" });
  await settleInterruptedUpdate(engine, project, vcenterWith());
  expect(commands).toEqual(["stack export dev"]);
});

describe("a machine of that name without proof that it is this site's", () => {
  const template = "4211-template";
  const cloned = { ...pending.resource.inputs, clone: { templateUuid: template } };
  const cut = { ...pending, resource: { ...pending.resource, inputs: cloned } };
  const begun = "2026-03-04T05:06:07.000Z";
  const secondsSince = (): number => (Date.now() - Date.parse(begun)) / 1000;
  const clone = { user: "VSPHERE.LOCAL\\us", byUs: true, source: template, ageSeconds: 0 };
  const settle = async (vcenter: Vcenter, others: object[] = []) => {
    const { engine, commands, imported } = engineWith(
      { resources: [provider, hostKey], pending_operations: [...others, cut] },
      { ok: true, stdout: "" },
    );
    const done = settleInterruptedUpdate(engine, project, vcenter);
    await done.catch(() => undefined);
    return { done, commands, imported };
  };

  test.each([
    ["the mark of another", vcenterWithMachines("other"), "the mark of another site"],
    ["no mark, of unknown origin", vcenterWithMachines(""), "does not know how it was made"],
    [
      "no mark, and another account's clone",
      vcenterWithMachines("", { clone: { ...clone, byUs: false } }),
      "and VSPHERE.LOCAL\\us has cloned it",
    ],
    [
      "no mark, and from another template",
      vcenterWithMachines("", { clone: { ...clone, source: "other" } }),
      "from another template",
    ],
    ["no mark, and no known beginning", vcenterWithMachines("", { clone }), "is not known here"],
  ])("has %s: it is named and left alone", async (_, vcenter, reason) => {
    const { done, commands, imported } = await settle(vcenter);
    await expect(done).rejects.toThrow(
      /^1 virtual machine\(s\) bear names [^]*left alone; nothing was changed\.\n {2}where: \/coolcorp\/vm\/kubernetes\/node1: /,
    );
    await expect(done).rejects.toThrow(reason);
    expect(commands).toEqual(["stack export dev"]);
    expect(imported).toEqual([]);
    // It is looked for again.
    expect(readUnconfirmedCreates("dev", "infra")).toHaveLength(1);
  });

  test("was cloned before the update began: it is left alone, and so is all else", async () => {
    noteBegin("dev", "infra", new Date(begun));
    const ageSeconds = secondsSince() + 3600;
    const folder = {
      type: "creating",
      resource: {
        ...{ urn: "urn:folder", type: "vsphere:index/folder:Folder" },
        ...{ provider: pending.resource.provider, inputs: { path: "kubernetes" } },
      },
    };
    const vcenter = vcenterWithMachines("", { clone: { ...clone, ageSeconds } });
    const { done, commands } = await settle(vcenter, [folder]);
    await expect(done).rejects.toThrow("before the update began");
    expect(commands).toEqual(["stack export dev"]);
  });

  test("was cloned since then, by our account from our template: it goes", async () => {
    noteBegin("dev", "infra", new Date(begun));
    const ageSeconds = secondsSince() - 2;
    const { done, commands } = await settle(
      vcenterWithMachines("", { clone: { ...clone, ageSeconds } }),
    );
    await done;
    expect(commands).toContain(`destroy dev ${cutOff}`);
  });

  test("is still being made: it is waited for", async () => {
    const answers = [
      { found: true, complete: false },
      { found: true, complete: true, mark: ours },
    ];
    const vcenter = vcenterWith();
    vcenter.machines = (paths) => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return Promise.resolve(paths.map((path) => ({ ...absent(path), ...answer })));
    };
    const sought = [{ path: "/a", resource: cut.resource }];
    const proven = await provenMachines(vcenter, project, sought, [hostKey], 0.01);
    expect([...proven]).toEqual(["/a"]);
  });
});

describe("a role", () => {
  const privileges = ["Cns.Searchable"];
  const type = "vsphere:index/role:Role";
  const role = {
    type: "creating",
    resource: {
      urn: `urn:pulumi:dev::sitewright-infra::sitewright:infra:Access$${type}::access-CNS`,
      type,
      provider: pending.resource.provider,
      inputs: { name: "k8s-CNS", rolePrivileges: privileges },
    },
  };
  const cut = { resources: [provider], pending_operations: [role] };

  test("that vCenter has is removed there, and is then created again", async () => {
    const { engine, commands } = engineWith(cut, { ok: true, stdout: "" });
    const vcenter = vcenterWith({ name: "k8s-CNS", privileges });
    expect(await settleInterruptedUpdate(engine, project, vcenter)).toEqual([]);
    expect(commands).toEqual(["stack export dev", "stack export dev", "stack import dev"]);
    expect(readUnconfirmedCreates("dev", "infra")).toEqual([]);
  });

  test("that vCenter does not have stays in doubt", async () => {
    const { engine } = engineWith(cut, { ok: true, stdout: "" });
    expect(await settleInterruptedUpdate(engine, project, vcenterWith())).toEqual([
      role.resource.urn,
    ]);
  });

  test("of others is not forgotten about, and nothing is dropped", async () => {
    const { engine, imported } = engineWith(cut, { ok: true, stdout: "" });
    const vcenter = vcenterWith();
    vcenter.removeRole = () => Promise.reject(new Error("none of ours"));
    await expect(settleInterruptedUpdate(engine, project, vcenter)).rejects.toThrow("none of ours");
    expect(imported).toEqual([]);
    expect(readUnconfirmedCreates("dev", "infra")).toHaveLength(1);
  });
});
