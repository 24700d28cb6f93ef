import { refuseWhileInUse } from "../../../operations/guard";
import { refuseProtected } from "../../../operations/protectedMachines";

const state = (...types: string[]): string =>
  JSON.stringify({ deployment: { resources: types.map((type) => ({ type })) } });

test("a stack that does not exist blocks nothing", () => {
  const answer = { ok: false, stdout: "", stderr: "error: no stack named 'dev' found" };
  expect(() => refuseWhileInUse("cluster", "dev", answer)).not.toThrow();
});

test("nor does one with nothing but the engine's own entries", () => {
  const stdout = state("pulumi:pulumi:Stack", "pulumi:pulumi:StackReference");
  expect(() => refuseWhileInUse("cluster", "dev", { ok: true, stdout, stderr: "" })).not.toThrow();
});

test("a stack with resources is named, with the command that takes it down", () => {
  const stdout = state("pulumi:pulumi:Stack", "command:remote:Command");
  expect(() => refuseWhileInUse("cluster", "dev", { ok: true, stdout, stderr: "" })).toThrow(
    /^Stack cluster still stands on this one \(1 resources\); nothing was deleted\.[\s\S]*make down STACK=cluster ENV=dev/,
  );
});

test("when it cannot be told, nothing is deleted", () => {
  const answer = { ok: false, stdout: "", stderr: "error: the backend does not answer" };
  expect(() => refuseWhileInUse("cluster", "dev", answer)).toThrow(
    /cannot be told; nothing was deleted\.\n {2}why: {3}error: the backend does not answer/,
  );
});

test("protected machines keep infra, with their names and the way; others do not", () => {
  const machine = (name: string, protect: boolean) => ({
    urn: `urn:pulumi:prd::sitewright-infra::x$VirtualMachine::${name}-vm`,
    ...{ type: "x", protect },
  });
  const infra = (...resources: ReturnType<typeof machine>[]) => ({
    version: 3,
    deployment: { resources },
  });
  expect(() => refuseProtected("prd", infra(machine("a", false)))).not.toThrow();
  expect(() => refuseProtected("prd", undefined)).not.toThrow();
  expect(() => refuseProtected("prd", infra(machine("a", true), machine("b", true)))).toThrow(
    /nothing was deleted\.[^]*a, b[^]*site:protection: none in Pulumi\.prd\.yaml, make up STACK=infra ENV=prd/,
  );
});
