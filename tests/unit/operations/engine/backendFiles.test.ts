import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  mendBackendFiles,
  readStateFile,
} from "../../../../operations/engine/backend/backendFiles";

const project = { name: "cluster", directory: "/checkout/cluster" };
let folder: string;
let state: string;

const restore = (): void =>
  mendBackendFiles({ backendUrl: `file://${folder}`, environment: "dev" }, project);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "checkpoint-"));
  state = join(folder, ".pulumi/stacks/sitewright-cluster/dev.json");
  mkdirSync(join(state, ".."), { recursive: true });
  jest.spyOn(console, "log").mockImplementation();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

test.each([
  ["empty", ""],
  ["cut off", '{"version": 3, "checkpoint": {'],
])("a state that is %s is replaced by the one before, and kept", (_, broken) => {
  writeFileSync(state, broken);
  writeFileSync(`${state}.bak`, '{"version":3}');
  restore();
  expect(readFileSync(state, "utf8")).toBe('{"version":3}');
  expect(readFileSync(`${state}.broken`, "utf8")).toBe(broken);
});

test("attributes that were cut off are removed, of any stack; complete ones stay", () => {
  const other = join(folder, ".pulumi/stacks/sitewright-infra/dev.json.attrs");
  mkdirSync(join(other, ".."), { recursive: true });
  writeFileSync(other, "");
  writeFileSync(`${state}.attrs`, '{"md5":""}');
  restore();
  expect(existsSync(other)).toBe(false);
  expect(existsSync(`${state}.attrs`)).toBe(true);
});

test("a complete state is left alone", () => {
  writeFileSync(state, '{"version":3}');
  writeFileSync(`${state}.bak`, '{"version":2}');
  restore();
  expect(readFileSync(state, "utf8")).toBe('{"version":3}');
});

test("a stack that does not exist yet is none of its business", () => {
  expect(restore).not.toThrow();
});

test("when the one before is broken too, nothing is touched", () => {
  writeFileSync(state, "");
  writeFileSync(`${state}.bak`, "");
  expect(restore).toThrow(/^The state of stack cluster is broken, and so is its backup\./);
  expect(readFileSync(state, "utf8")).toBe("");
});

describe("a state that is read without the engine", () => {
  const engine = (backendUrl = `file://${folder}?metadata=skip`) => ({
    backendUrl,
    environment: "dev",
  });

  test("is what an export would print", () => {
    const latest = { resources: [{ urn: "urn:one" }], pending_operations: [{ type: "creating" }] };
    writeFileSync(state, JSON.stringify({ version: 3, checkpoint: { stack: "dev", latest } }));
    expect(readStateFile(engine(), project)).toEqual({ version: 3, deployment: latest });
  });

  test.each([
    ["of a stack that has none", () => writeFileSync(state, '{"version":3,"checkpoint":{}}')],
    ["in another form", () => writeFileSync(`${state}.gz`, "compressed")],
  ])("%s: the engine has to be asked", (_, write) => {
    write();
    expect(readStateFile(engine(), project)).toBeUndefined();
  });

  test("of a backend that is elsewhere: the engine has to be asked", () => {
    expect(readStateFile(engine("s3://states"), project)).toBeUndefined();
  });
});
