import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { keyRotation } from "../support/keyRotation";

/** Another passphrase. A key of a key management service: tests/drills/rotate.test.ts. */
jest.setTimeout(240_000);

const { root, file, everything, rotate, rotated, opened, leavesNothing } = keyRotation();

/** The file before the first change of the key. */
let original: string;

test("the first passphrase, out of a file, opens the file and every stack", async () => {
  expect(await opened("first")).toEqual(everything);
  expect(await opened("second")).toEqual([]);
});

test("with a wrong passphrase nothing is changed", async () => {
  const before = readFileSync(file, "utf8");
  const { exitCode, output } = await rotate(join(root, "second"), "second");
  expect(exitCode).toBe(1);
  expect(output).toContain('not the one of environment "prd". Nothing was changed.');
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(await opened("first")).toEqual(everything);
});

test("another passphrase opens everything, the one before nothing; of the file only what is encrypted changes", async () => {
  original = readFileSync(file, "utf8");
  const before = original.split("\n");
  await rotated(join(root, "second"), "first");
  expect(await opened("second")).toEqual(everything);
  expect(await opened("first")).toEqual([]);
  const after = readFileSync(file, "utf8").split("\n");
  expect(after.length).toBe(before.length);
  const changed = after.filter((line, index) => line !== before[index]);
  expect(changed.map((line) => line.trim().split(" ")[0]).sort()).toEqual([
    "encryptionsalt:",
    "secure:",
  ]);
});

test("one that was cut off before the file was written is finished by the same command", async () => {
  // All stacks are done; the file is still the one from before.
  writeFileSync(file, original);
  const output = await rotated(join(root, "second"), "first");
  expect(output).toMatch(/infra: done before\ncluster: done before\napps: done before/);
  expect(await opened("second")).toEqual(everything);
});

leavesNothing();
