import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Twelve hexadecimal digits that change when any of the parts does. */
export function fingerprint(...parts: string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(`${part.length}:${part}`);
  }
  return hash.digest("hex").slice(0, 12);
}

/** Path, mode and content of a file, or of every file below a folder: for small files only. */
export function contentOf(path: string): string {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [path];
  return files
    .map((file) => {
      const executable = (statSync(file).mode & 0o100) !== 0;
      return `${relative(path, file)} ${executable}\n${readFileSync(file, "utf8")}`;
    })
    .join("\n");
}

/** Size and time of a large file, which stand for its content: reading hundreds of megabytes takes longer than all else. */
export function stampOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}
