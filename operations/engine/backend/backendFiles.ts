import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { OperatorError } from "../../../lib/operatorError";
import type { Backend } from "./backend";
import type { ExportedStack } from "../exportedStack";
import { backendName, type StackProject } from "../stacks";

function isComplete(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch {
    return false;
  }
}

function removeBrokenAttributes(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (name.endsWith(".attrs") && !isComplete(path)) {
      rmSync(path);
    }
  }
}

/**
 * Makes the files of a file:// backend readable again for the engine after a `pulumi` was killed or the disk ran full.
 *
 * Unless the backend's URL says `metadata=skip`, each file has a sidecar with its attributes (`.attrs`), which is written in
 * place: a SIGKILL at that moment leaves it empty, and the engine then reads nothing any more ("EOF"). It can do without, so
 * a broken one is removed. A state that is not complete itself is replaced by the one before the current write (`.bak`): that knows of everything that had been begun,
 * since the engine notes an operation before it starts it, and what came of it is settled afterwards. The broken file is
 * kept (`.broken`). No other process may write the state meanwhile: see refuseWhileLocked.
 *
 * A state that has disappeared is not a new stack either: what it knew of would be made a second time, or refused as another
 * site's.
 *
 * @throws OperatorError when the state and its backup are both broken, or the state is gone.
 */
export function mendBackendFiles(engine: Backend, project: StackProject): void {
  const root = rootOf(engine);
  if (root === undefined) {
    return;
  }
  removeBrokenAttributes(join(root, "stacks"));
  removeBrokenAttributes(join(root, "locks"));
  const path = stateFile(root, engine, project);
  const backup = `${path}.bak`;
  if (!existsSync(path)) {
    refuseWhereGone(engine, project, { path, backup });
    return;
  }
  if (isComplete(path)) {
    return;
  }
  if (!isComplete(backup)) {
    throw new OperatorError({
      what: `The state of stack ${project.name} is broken, and so is its backup.`,
      where: path,
      next: `make restore-state ENV=${engine.environment} STACK=${project.name} puts one that make backup-state saved in its place`,
    });
  }
  console.log(`The state of ${project.name} is not complete; the one before is put back.`);
  const fresh = `${path}.new`;
  writeFileSync(fresh, readFileSync(backup), { mode: 0o600 });
  renameSync(path, `${path}.broken`);
  renameSync(fresh, path);
}

/** The folder that the engine keeps in a file:// backend; undefined for any other. */
function rootOf({ backendUrl }: Backend): string | undefined {
  return backendUrl.startsWith("file://") ? join(fileURLToPath(backendUrl), ".pulumi") : undefined;
}

/** The file with a stack's state; undefined where the backend is not one of files. */
export function statePath(engine: Backend, project: StackProject): string | undefined {
  const root = rootOf(engine);
  return root === undefined ? undefined : stateFile(root, engine, project);
}

function stateFile(root: string, { environment }: Backend, project: StackProject): string {
  return join(root, "stacks", backendName(project), `${environment}.json`);
}

/**
 * The engine leaves the backup of a state in its place, and so it does when a stack is removed. One with resources says that
 * there is something to lose.
 */
function refuseWhereGone(
  { environment }: Backend,
  { name }: StackProject,
  { path, backup }: { path: string; backup: string },
): void {
  const count = countIn(backup);
  if (count > 0) {
    throw new OperatorError({
      what: `The state of stack ${name} is gone; before, it had ${count} resources. Nothing was changed.`,
      where: path,
      next: `put it back, or a saved one: make restore-state ENV=${environment} STACK=${name}\nonly where the stack was removed on purpose: rm ${backup}`,
    });
  }
}

/** How many resources a state has; none where it is cut off, or not there. */
function countIn(path: string): number {
  if (!isComplete(path)) {
    return 0;
  }
  const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
    checkpoint?: { latest?: { resources?: unknown[] } };
  };
  return checkpoint?.latest?.resources?.length ?? 0;
}

/**
 * Keeps what the engine has left beside a state that is gone (`.gone`), before there is a stack again: the engine would write over it. It may
 * be newer than any backup.
 * @returns Where; undefined where nothing is left.
 */
export function keepGoneState(engine: Backend, project: StackProject): string | undefined {
  const path = statePath(engine, project);
  if (path === undefined || existsSync(path) || countIn(`${path}.bak`) === 0) {
    return undefined;
  }
  const kept = `${path}.gone`;
  copyFileSync(`${path}.bak`, kept);
  console.log(`What was left of the state of ${project.name} is kept: ${kept}`);
  return kept;
}

/**
 * What `pulumi stack export` would print, read from the file of a file:// backend: it takes a hundredth of the time. Undefined
 * where the backend is another one or keeps the state in another form; then the engine has to be asked.
 */
export function readStateFile(engine: Backend, project: StackProject): ExportedStack | undefined {
  const path = statePath(engine, project) ?? "";
  if (!existsSync(path)) {
    return undefined;
  }
  const { version, checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
    version: number;
    checkpoint?: { latest?: ExportedStack["deployment"] };
  };
  const deployment = checkpoint?.latest;
  return deployment === undefined ? undefined : { version, deployment };
}

/** What was left of a stack that was removed on purpose: its state is not missed from now on. */
export function forgetRemovedState(engine: Backend, project: StackProject): void {
  const path = statePath(engine, project);
  if (path !== undefined) {
    rmSync(`${path}.bak`, { force: true });
  }
}

/** Makes way for another state: one that is broken would keep the engine from answering at all. It is kept (`.broken`). */
export function setBrokenStateAside(engine: Backend, project: StackProject): void {
  const root = rootOf(engine);
  if (root === undefined) {
    return;
  }
  removeBrokenAttributes(join(root, "stacks"));
  const path = stateFile(root, engine, project);
  if (existsSync(path) && !isComplete(path)) {
    renameSync(path, `${path}.broken`);
    console.log(`The broken state of ${project.name} is kept: ${path}.broken`);
  }
}
