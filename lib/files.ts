import { renameSync, writeFileSync } from "node:fs";

import { readIfThere } from "./stateNote";

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
