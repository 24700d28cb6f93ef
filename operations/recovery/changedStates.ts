import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { OperatorError } from "../../lib/operatorError";
import type { ExportedStack } from "../engine/exportedStack";
import { stackProjects } from "../engine/stacks";
import { stateOf } from "../engine/stackState";
import {
  backupFolder,
  configurationPath,
  listStateBackups,
  readStateBackup,
  type StateBackup,
} from "../engine/stateBackups";
import { type StateEngine, writeStates } from "./saveStates";

/** Variable with a folder, best on another machine, that gets a copy of every backup of the states. */
export const TARGET_VARIABLE = "STATE_BACKUPS";

/** Days that a backup stays on this machine, and how many of the newest stay however old they are. In the other folder all stay. */
const KEEP_DAYS = 90;
const KEEP_AT_LEAST = 20;

const DAY = 86_400_000;

/**
 * The folder of the copies; undefined where none is wanted.
 * @throws OperatorError when it is none, or cannot be written. Call it before a site is changed.
 */
export function stateBackupTarget(
  environment: string,
  { [TARGET_VARIABLE]: folder }: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (!folder) {
    return undefined;
  }
  try {
    if (!statSync(folder).isDirectory()) {
      throw new Error("it is no folder");
    }
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new OperatorError({
      what: `${TARGET_VARIABLE} names no folder in which the states can be saved. Nothing was changed.`,
      where: folder,
      why: (error as Error).message,
      next: `mount or make it, or run the command without ${TARGET_VARIABLE}`,
    });
  }
  return join(resolve(folder), environment);
}

/**
 * Saves the states of all stacks if their resources, or the environment's file, are others than in the newest backup, and puts a copy
 * into the other folder. Old backups on this machine go.
 *
 * @param target - Of stateBackupTarget.
 * @throws OperatorError when that fails; the site is then as it is.
 */
export async function saveChangedStates(
  engine: StateEngine,
  target: string | undefined,
): Promise<void> {
  const { environment } = engine;
  const stacks = await statesOf(engine);
  try {
    const newest = listStateBackups(environment).at(-1);
    const isSaved =
      newest !== undefined &&
      holds(readStateBackup(join(backupFolder(environment), newest)), stacks);
    const path = isSaved ? join(backupFolder(environment), newest) : writeStates(engine, stacks);
    if (!isSaved) {
      console.log(`\nThe states are saved: ${path}`);
      removeOld(environment, Date.now());
    }
    if (target !== undefined) {
      copy(path, target);
    }
  } catch (error) {
    throw new OperatorError({
      what: `The site is up, but the states of its stacks could not be saved.`,
      where: target ?? backupFolder(environment),
      why: (error as Error).message,
      next: `mend the cause, then make backup-state ENV=${environment}`,
    });
  }
}

async function statesOf(engine: StateEngine): Promise<Record<string, ExportedStack>> {
  const states = await Promise.all(
    stackProjects.map(async (project) => {
      const state = await stateOf(engine, project);
      return state === undefined ? [] : [[project.name, state] as const];
    }),
  );
  return Object.fromEntries(states.flat());
}

/**
 * Whether a backup has these states. Each update encrypts secrets again and writes resources in another order, so what is compared is
 * which resources there are, and when the engine has changed each of them last.
 */
function holds(
  { environment, configuration, stacks }: StateBackup,
  present: Record<string, ExportedStack>,
): boolean {
  return (
    configuration === readFileSync(configurationPath(environment), "utf8") &&
    isDeepStrictEqual(Object.keys(stacks).sort(), Object.keys(present).sort()) &&
    Object.entries(present).every(([name, { deployment }]) =>
      isDeepStrictEqual(
        resourcesIn(stacks[name]?.deployment as ExportedStack["deployment"]),
        resourcesIn(deployment),
      ),
    )
  );
}

const resourcesIn = ({ resources = [] }: ExportedStack["deployment"]): string[] =>
  resources.map(({ urn, id, modified }) => JSON.stringify([urn, id, modified])).sort();

/** Puts a copy of a backup into a folder, whole or not at all. */
function copy(path: string, folder: string): void {
  const there = join(folder, basename(path));
  if (!existsSync(there)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyFileSync(path, `${there}.new`);
    readStateBackup(`${there}.new`);
    renameSync(`${there}.new`, there);
  }
}

function removeOld(environment: string, now: number): void {
  for (const name of listStateBackups(environment).slice(0, -KEEP_AT_LEAST)) {
    const path = join(backupFolder(environment), name);
    if (now - statSync(path).mtimeMs > KEEP_DAYS * DAY) {
      rmSync(path);
    }
  }
}
