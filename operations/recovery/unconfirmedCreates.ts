import { join } from "node:path";

import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";
import type { PendingOperation } from "../engine/exportedStack";

/** A create that vCenter has not confirmed: the resource may exist there, or may still appear, without being in the state. */
export type UnconfirmedCreate = PendingOperation["resource"] & {
  /** When its update began, ISO form; absent where that was not recorded. */
  begun?: string;
};

/**
 * The list is kept beside the state, on this machine: the engine notes pending operations in the state itself, but drops those
 * notes when another command writes the state. The folder keeps its old name, since running sites have it.
 */
function file(environment: string, project: string): string {
  return join(stateDirectory(), "doubtful", `${environment}-${project}.json`);
}

export function readUnconfirmedCreates(environment: string, project: string): UnconfirmedCreate[] {
  return JSON.parse(readIfThere(file(environment, project)) ?? "[]") as UnconfirmedCreate[];
}

/** Replaces the list atomically: a process that ends here leaves the old list or the new one. */
export function writeUnconfirmedCreates(
  environment: string,
  project: string,
  creates: readonly UnconfirmedCreate[],
): void {
  writeNote(file(environment, project), creates.length === 0 ? undefined : JSON.stringify(creates));
}

/** Replaces the beginning of the URNs in the list: their project has another name. */
export function renameInUnconfirmedCreates(
  environment: string,
  project: string,
  before: string,
  now: string,
): void {
  const renamed = readUnconfirmedCreates(environment, project).map(
    ({ urn, provider, ...rest }) => ({
      ...rest,
      urn: urn.replace(before, now),
      ...(provider === undefined ? {} : { provider: provider.replace(before, now) }),
    }),
  );
  writeUnconfirmedCreates(environment, project, renamed);
}

/** Adds the creates that are not in the list yet. */
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
