import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes a file in one step, so that nobody reads half of it. Returns false when it has that content already. */
export function replaceFile(path: string, content: string, mode: number): boolean {
  if (readIfThere(path) === content) {
    return false;
  }
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, path);
  return true;
}

/** Content of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
