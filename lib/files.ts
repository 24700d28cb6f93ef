import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The text of a file; undefined where there is none. */
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

/**
 * Writes a file atomically: a reader finds the old content or the new one, also after this process is killed.
 * @param mode Its mode, whatever the umask. @default 0o600
 */
export function writeAtomically(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode });
  chmodSync(fresh, mode);
  renameSync(fresh, path);
}

/** As `writeAtomically`, where the content differs. Returns whether it did. */
export function replaceFile(path: string, text: string, mode: number): boolean {
  if (readIfThere(path) === text) {
    return false;
  }
  writeAtomically(path, text, mode);
  return true;
}

/** Replaces a note that is kept beside the state, mode 0600; undefined removes it. */
export function writeNote(path: string, text: string | undefined): void {
  if (text === undefined) {
    rmSync(path, { force: true });
  } else {
    writeAtomically(path, text);
  }
}
