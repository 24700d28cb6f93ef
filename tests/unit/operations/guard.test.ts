import { refuseWhileInUse } from "../../../operations/guard";

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
