import { join } from "node:path";

import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";
import type { PendingOperation } from "../engine/exportedStack";

/** What may be, or may still appear, in vCenter without the state knowing of it. */
export type UnconfirmedCreate = PendingOperation["resource"] & {
  /** When the update began that was to make it, ISO form; absent where nobody wrote that down. */
  begun?: string;
};

/**
 * The list is kept beside the state, on this machine: the engine notes what it was doing in the state itself, but takes those
 * notes away whenever the state is written by anybody else.
 */
function file(environment: string, project: string): string {
  return join(stateDirectory(), "doubtful", `${environment}-${project}.json`);
}

export function readUnconfirmedCreates(environment: string, project: string): UnconfirmedCreate[] {
  return JSON.parse(readIfThere(file(environment, project)) ?? "[]") as UnconfirmedCreate[];
}

/** Replaces the list; a process that ends here leaves the former or the new one. */
export function writeUnconfirmedCreates(
  environment: string,
  project: string,
  creates: readonly UnconfirmedCreate[],
): void {
  writeNote(file(environment, project), creates.length === 0 ? undefined : JSON.stringify(creates));
}

/** Adds what is not in the list yet. */
export function addUnconfirmedCreates(
  environment: string,
  project: string,
  more: readonly UnconfirmedCreate[],
): void {
  const known = readUnconfirmedCreates(environment, project);
  const added = more.filter(({ urn }) => !known.some((one) => one.urn === urn));
  if (added.length > 0) {
    writeUnconfirmedCreates(environment, project, [...known, ...added]);
  }
}
