import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { structuredPatch } from "diff";

/**
 * Compares text with its golden file, `__goldens__/<name>` beside the test. `make goldens` rewrites the files; the
 * difference is then reviewed like any other change.
 */
export function expectGolden(name: string, text: string): void {
  const { testPath } = expect.getState();
  if (testPath === undefined) {
    throw new Error("expectGolden works inside a test only.");
  }
  expectFile(join(dirname(testPath), "__goldens__", name), text);
}

/**
 * The same for a text of which almost all stands in another golden, such as a script of a setting that neither environment has:
 * the golden file, `<name>.diff`, holds what a variant changes, with a line around each change.
 *
 * @param base - The text that is held elsewhere, in tests/goldens as a rule.
 */
export function expectDifference(name: string, base: string, variant: string): void {
  const { hunks } = structuredPatch("", "", base, variant, "", "", { context: 1 });
  expectGolden(
    `${name}.diff`,
    // Without the numbers of lines, which change with whatever stands before.
    hunks.map(({ lines }) => `@@\n${lines.join("\n")}\n`).join(""),
  );
}

/** The same for a file that is generated and has its place elsewhere, such as a document. */
export function expectFile(path: string, text: string): void {
  if (process.env["UPDATE_GOLDENS"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(read(path));
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Error(`There is no file ${path}; write it by: make goldens`);
  }
}
