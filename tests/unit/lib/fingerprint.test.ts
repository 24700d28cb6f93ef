import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { contentOf, fingerprint } from "../../../lib/digests/fingerprint";

test("what belongs to which part makes a difference", () => {
  expect(fingerprint("ab", "c")).not.toBe(fingerprint("a", "bc"));
});

describe("the content of a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "fingerprint-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, mode: number): void => {
    mkdirSync(join(folder, "deep"), { recursive: true });
    rmSync(join(folder, name), { force: true });
    writeFileSync(join(folder, name), "same", { mode });
  };

  test("changes with a file's place and with its being a program", () => {
    write("deep/file", 0o644);
    const before = contentOf(folder);
    write("deep/file", 0o755);
    const program = contentOf(folder);
    rmSync(join(folder, "deep/file"));
    write("file", 0o755);
    expect(new Set([before, program, contentOf(folder)]).size).toBe(3);
  });
});
