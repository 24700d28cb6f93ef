import { join } from "node:path";

import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";

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
  writeNote(file(environment, project), begun.toISOString());
}

/** Forgets it: the update has ended well, so that whatever is cut off next began later. */
export function forgetBegin(environment: string, project: string): void {
  writeNote(file(environment, project), undefined);
}

/** The noted time in ISO form; undefined where there is none, as after a `pulumi up` by hand. */
export function readBegin(environment: string, project: string): string | undefined {
  const text = readIfThere(file(environment, project));
  return Number.isNaN(Date.parse(text ?? "")) ? undefined : text;
}
