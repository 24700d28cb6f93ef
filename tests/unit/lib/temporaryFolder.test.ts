import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { withTemporaryFolder } from "../../../lib/temporaryFolder";

let state: string;
const previous = process.env["XDG_STATE_HOME"];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "sitewright-temporary-"));
  process.env["XDG_STATE_HOME"] = state;
});

afterEach(() => {
  rmSync(state, { recursive: true });
  if (previous === undefined) {
    delete process.env["XDG_STATE_HOME"];
  } else {
    process.env["XDG_STATE_HOME"] = previous;
  }
});

test("what a plugin leaves behind is removed, whether the work ends well or not, and nothing else", async () => {
  const inner = withTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, "kubeconfig1"), "secret");
    await withTemporaryFolder(() => Promise.resolve());
    expect(existsSync(join(folder, "kubeconfig1"))).toBe(true);
    throw new Error("failed");
  });
  await expect(inner).rejects.toThrow("failed");
  expect(readdirSync(join(state, "sitewright/tmp"))).toEqual([]);
});

test("what a killed process left goes with the next one", async () => {
  // Linux has no process of a higher number than 2^22.
  const left = join(state, "sitewright/tmp", `${2 ** 22 + 1}-abc`);
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, "kubeconfig1"), "secret");
  await withTemporaryFolder(() => Promise.resolve());
  expect(existsSync(left)).toBe(false);
});
