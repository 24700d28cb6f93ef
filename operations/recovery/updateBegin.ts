import { join } from "node:path";

import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";

/**
 * When a stack's update began that is running or was cut off. The note is beside the state, on this machine: the engine records
 * what it was doing, but not since when.
 */
function file(environment: string, project: string): string {
  return join(stateDirectory(), "updates", `${environment}-${project}`);
}

/** Notes when an update began. The note counts until an update succeeds, or what was cut off is settled. An invalid time is ignored. */
export function noteBegin(environment: string, project: string, begun = new Date()): void {
  if (Number.isNaN(begun.getTime())) {
    return;
  }
  writeNote(file(environment, project), begun.toISOString());
}

/** Removes the note: the update has succeeded, so an update that is cut off next began later. */
export function forgetBegin(environment: string, project: string): void {
  writeNote(file(environment, project), undefined);
}

/** The noted time in ISO form; undefined where there is none, as after a `pulumi up` by hand. */
export function readBegin(environment: string, project: string): string | undefined {
  const text = readIfThere(file(environment, project));
  return Number.isNaN(Date.parse(text ?? "")) ? undefined : text;
}
