import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { OperatorError } from "../../lib/operatorError";
import { type ExportedStack, isEmptyStack } from "../engine/exportedStack";
import type { StackProject } from "../engine/stacks";
import {
  backupFolder,
  backupPath,
  listStateBackups,
  readStateBackup,
  type StateBackup,
} from "../engine/stateBackups";
import { stateBackupTarget } from "../recovery/changedStates";

/** A backup of an environment's states that is whole. */
export interface SavedStates {
  path: string;
  backup: StateBackup;
}

/** What was looked through. */
export interface Search {
  found?: SavedStates;
  /** Why newer ones are not taken. */
  passed: string[];
}

/** The backup that FROM names. @throws OperatorError when it is not whole. */
export function namedSavedStates(environment: string, from: string): SavedStates {
  const path = backupPath(environment, from);
  return { path, backup: readStateBackup(path) };
}

/**
 * The newest backup that is whole and has resources of all these stacks, else of the first of them; of this machine, or of the folder
 * that STATE_BACKUPS names. The newest of all may be what a restore has kept of an empty state.
 *
 * @param lost - The stacks without resources, in the order in which a site is brought up. The overview makes its own.
 * @throws OperatorError when STATE_BACKUPS names no folder.
 */
export function newestSavedStates(environment: string, lost: readonly StackProject[]): Search {
  const passed: string[] = [];
  const whole = pathsOf(environment).flatMap((path) => {
    try {
      return [{ path, backup: readStateBackup(path) }];
    } catch (error) {
      if (!(error instanceof OperatorError)) {
        throw error;
      }
      passed.push(`${path}: ${error.fault.why ?? error.fault.what}`);
      return [];
    }
  });
  const wanted = lost.filter(({ name }) => name !== "site");
  const found =
    whole.find(({ backup }) => wanted.every((project) => hasResources(backup, project))) ??
    whole.find(({ backup }) => wanted.slice(0, 1).every((one) => hasResources(backup, one)));
  if (found === undefined) {
    return { passed };
  }
  const newer = whole.slice(0, whole.indexOf(found)).map(({ path }) => `${path}: it has less`);
  return { found, passed: [...passed, ...newer] };
}

/** Whether a backup has more of a stack than that it exists. */
export function hasResources({ stacks }: StateBackup, { name }: StackProject): boolean {
  const deployment = (stacks[name]?.deployment ?? {}) as ExportedStack["deployment"];
  return !isEmptyStack({ deployment });
}

/** Newest first: a backup is called by the time it was made. */
function pathsOf(environment: string): string[] {
  const own = listStateBackups(environment).map((name) => ({
    name,
    path: join(backupFolder(environment), name),
  }));
  const target = stateBackupTarget(environment);
  const copies =
    target !== undefined && existsSync(target)
      ? readdirSync(target)
          .filter((name) => name.endsWith(".json"))
          .map((name) => ({ name, path: join(target, name) }))
      : [];
  return [...own, ...copies]
    .sort((one, other) => (one.name < other.name ? 1 : one.name > other.name ? -1 : 0))
    .map(({ path }) => path);
}
