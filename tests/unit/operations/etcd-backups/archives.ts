import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** An archive with such files, as `make recover` sends it, in a folder that goes after the tests of the file. */
export function archiveOf(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const content = join(folder, "content");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(content, name)), { recursive: true });
    writeFileSync(join(content, name), text);
  }
  const path = join(folder, "archive.tar");
  expect(spawnSync("tar", ["-cf", path, "-C", content, "."]).status).toBe(0);
  const bytes = readFileSync(path);
  const sent = { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  return { path, sent };
}
