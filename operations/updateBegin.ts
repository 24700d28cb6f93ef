import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stateDirectory } from "./paths";

/**
 * When the update of a stack began that is under way, or was cut off. Kept beside the state, on this machine: the engine writes
 * down what it was doing, and not since when.
 */
function file(environment: string, project: string): string {
  return join(stateDirectory(), "updates", `${environment}-${project}`);
}

/** Notes when an update began. It counts until one ends well, or what was cut off is settled. A time that is none is not noted. */
export function noteBegin(environment: string, project: string, begun = new Date()): void {
  if (Number.isNaN(begun.getTime())) {
    return;
  }
  const path = file(environment, project);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, begun.toISOString(), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Forgets it: the update has ended well, so that whatever is cut off next began later. */
export function forgetBegin(environment: string, project: string): void {
  rmSync(file(environment, project), { force: true });
}

/** The noted time in ISO form; undefined where there is none, as after a `pulumi up` by hand. */
export function readBegin(environment: string, project: string): string | undefined {
  try {
    const text = readFileSync(file(environment, project), "utf8");
    return Number.isNaN(Date.parse(text)) ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
