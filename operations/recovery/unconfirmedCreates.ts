import { join } from "node:path";

import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";
import type { PendingOperation } from "../engine/exportedStack";

/** What may be, or may still appear, in vCenter without the state knowing of it. */
export type Doubtful = PendingOperation["resource"] & {
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

export function readDoubtful(environment: string, project: string): Doubtful[] {
  return JSON.parse(readIfThere(file(environment, project)) ?? "[]") as Doubtful[];
}

/** Replaces the list; a process that ends here leaves the former or the new one. */
export function writeDoubtful(
  environment: string,
  project: string,
  doubtful: readonly Doubtful[],
): void {
  writeNote(
    file(environment, project),
    doubtful.length === 0 ? undefined : JSON.stringify(doubtful),
  );
}

/** Adds what is not in the list yet. */
export function addDoubtful(environment: string, project: string, more: readonly Doubtful[]): void {
  const known = readDoubtful(environment, project);
  const added = more.filter(({ urn }) => !known.some((one) => one.urn === urn));
  if (added.length > 0) {
    writeDoubtful(environment, project, [...known, ...added]);
  }
}
