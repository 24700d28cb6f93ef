import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { readIfThere } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { waitFor } from "../../lib/poll";
import type { Backend, Reader } from "../engine/backend/backend";
import { BACKEND_MS, backendError } from "../engine/backend/backendError";
import { former, formerStack } from "../engine/formerStack";
import { backendName, type StackProject } from "../engine/stacks";
import { askForProcess, type Lock, lockHolder, parseLock } from "./lockHolder";
import { noteBegin } from "./updateBegin";

/** Milliseconds until a lock that is not written to its end is one whose writer was killed. The engine takes microseconds. */
const UNFINISHED_MS = 5_000;
const INTERVAL_MS = 250;

/** A file that the engine takes for a lock. */
interface LockFile {
  path: string;
  text: string;
  /** Undefined while it is not written to its end. */
  lock: Lock | undefined;
}

/**
 * Everything that the engine takes for a lock of a stack: also what it writes before it gives the file its name
 * (`<id>.json.<number>.tmp`), which a killed one leaves behind.
 */
function locksOf(engine: Backend, project: StackProject): LockFile[] {
  if (!engine.backendUrl.startsWith("file://")) {
    return [];
  }
  const directory = join(
    fileURLToPath(engine.backendUrl),
    ".pulumi/locks/organization",
    backendName(project),
    engine.environment,
  );
  return namesIn(directory).flatMap((name) => {
    const path = join(directory, name);
    const text = readIfThere(path);
    return text === undefined ? [] : [{ path, text, lock: parseLock(text) }];
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.endsWith(".attrs"))
      .map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return [];
    }
    throw error;
  }
}

/**
 * Makes sure that no other process works on a stack of this machine's file backend. Reads only the locks, so that it can run
 * before anything in the backend is repaired.
 * @throws OperatorError when the holder of a lock still runs, ran on another machine, or cannot be told.
 */
export function refuseWhileLocked(engine: Backend, project: StackProject): void {
  locksOf(engine, project).forEach((file) => refuseWhileHeld(file, project));
}

/**
 * The same for a stack that still has its former name, where there is one.
 * @throws OperatorError as above.
 */
export async function refuseWhileFormerLocked(
  engine: Reader,
  project: StackProject,
): Promise<void> {
  if (
    engine.backendUrl.startsWith("file://") &&
    (await formerStack(engine, project)) !== undefined
  ) {
    refuseWhileLocked(engine, former(project));
  }
}

/** What the engine says of a lock that it cannot take. */
const HELD =
  /created by (?<username>\S+)@(?<hostname>\S+) \(pid (?<pid>[0-9]+)\) at (?<timestamp>\S+)/;

/**
 * The same for a backend that is not one of files, whose locks only the engine sees: it is asked to make a stack, for which it would
 * take the lock, and makes it where there is none. Without this, what another run is just making would be taken for remains of a killed one.
 *
 * @returns Whether there surely is a stack now; never with files.
 * @throws OperatorError when another process works on the stack, or was killed and has left its lock, or the backend refuses.
 */
export async function refuseWhileLockedInBackend(
  engine: Reader,
  project: StackProject,
): Promise<boolean> {
  if (engine.backendUrl.startsWith("file://")) {
    return false;
  }
  const init = ["stack", "init", engine.environment];
  const { ok, stderr } = await engine.capture(project, init, { timeout: BACKEND_MS });
  const lock = ok ? undefined : HELD.exec(stderr)?.groups;
  if (lock === undefined) {
    const isThere = ok || stderr.includes("already exists");
    if (!isThere && !/passphrase/i.test(stderr)) {
      throw backendError(engine, stderr);
    }
    return isThere;
  }
  const { pid, username, timestamp } = lock;
  const { directory, name } = project;
  const wait = `wait until it ends, or stop it with Ctrl-C there (kill -INT ${pid})`;
  const cancel = `cd ${directory} && pulumi cancel --stack ${engine.environment}, which removes all locks of that stack`;
  const holder = lockHolder({ hostname: lock.hostname! }, hostname(), askForProcess(Number(pid)));
  throw new OperatorError({
    what: `Stack ${name} is being changed by another pulumi.`,
    where: `process ${pid} of ${username} on ${lock.hostname}, since ${timestamp}, in ${engine.backendUrl}`,
    ...(holder === "gone" ? { why: "that process was killed: there is none of this number" } : {}),
    next: holder === "gone" ? cancel : `${wait}\nwhen that process is surely gone: ${cancel}`,
  });
}

function refuseWhileHeld({ path, lock }: LockFile, { name }: StackProject): void {
  const holder = lock && lockHolder(lock, hostname(), askForProcess(lock.pid));
  if (lock === undefined || holder === undefined || holder === "gone") {
    return;
  }
  const { pid, username, timestamp } = lock;
  const wait = `wait until it ends, or stop it with Ctrl-C there (kill -INT ${pid})`;
  const remove = `when that process is surely gone: rm ${path}`;
  const [why, next] = {
    running: [
      "",
      `${wait}\nwhere ps -o lstart,args -p ${pid} shows one that began after that time: rm ${path}`,
    ],
    unknown: [
      "a process has this number, and your account may not see what it runs",
      `see with: ps -o user,lstart,args -p ${pid}; if it is that pulumi, ${wait}\n${remove}`,
    ],
    elsewhere: ["", remove],
  }[holder];
  throw new OperatorError({
    what: `Stack ${name} is being changed by another pulumi.`,
    where: `process ${pid} of ${username} on ${lock.hostname}, since ${timestamp}`,
    ...(why === "" ? {} : { why }),
    next,
  });
}

/**
 * Removes the locks that killed `pulumi` processes left on a stack of this machine's file backend, each by its own file and only if
 * it has not changed since it was judged: `pulumi cancel` would also remove one that another process has just taken.
 *
 * @param unfinishedMs - After which a lock that is not written to its end is taken for a killed one's.
 * @throws OperatorError when a holder still runs, ran on another machine, or cannot be told, or when the stack is locked again.
 */
export async function releaseStaleLock(
  engine: Backend,
  project: StackProject,
  unfinishedMs = UNFINISHED_MS,
): Promise<void> {
  const cutOff = await awaitUnfinished(engine, project, unfinishedMs);
  const judged = locksOf(engine, project);
  for (const file of judged) {
    refuseWhileHeld(file, project);
    if (file.lock === undefined && !cutOff.some((one) => isSame(one, file))) {
      throw changedMeanwhile(file, project);
    }
  }
  for (const file of judged) {
    if (file.lock !== undefined) {
      // What that update was doing began later: by this its remains in the vCenter are known.
      noteBegin(engine.environment, project.name, new Date(file.lock.timestamp));
    }
    remove(file, project);
    console.log(
      file.lock === undefined
        ? `The pulumi that was taking a lock of ${project.name} was killed.`
        : `The pulumi that held the lock of ${project.name} (process ${file.lock.pid}) is gone.`,
    );
  }
  const [further] = judged.length === 0 ? [] : locksOf(engine, project);
  if (further !== undefined) {
    throw changedMeanwhile(further, project);
  }
}

function remove({ path, text }: LockFile, project: StackProject): void {
  const now = readIfThere(path);
  if (now !== undefined && now !== text) {
    throw changedMeanwhile({ path }, project);
  }
  rmSync(path, { force: true });
  rmSync(`${path}.attrs`, { force: true });
}

function changedMeanwhile({ path }: Pick<LockFile, "path">, { name }: StackProject): OperatorError {
  return new OperatorError({
    what: `Stack ${name} was locked by another pulumi while a stale lock of it was released. Nothing was changed.`,
    where: path,
    next: "wait until that one ends, then try again",
  });
}

/**
 * Waits until every lock is written to its end, is gone, or stays cut off.
 * @returns Those that stayed so: one that is still being written is never removed.
 */
async function awaitUnfinished(
  engine: Backend,
  project: StackProject,
  unfinishedMs: number,
): Promise<LockFile[]> {
  const unfinished = (): LockFile[] =>
    locksOf(engine, project).filter(({ lock }) => lock === undefined);
  let stayed = unfinished();
  await waitFor(
    () => {
      const now = unfinished();
      stayed = stayed.filter((one) => now.some((other) => isSame(one, other)));
      return stayed.length === 0;
    },
    { deadline: unfinishedMs, interval: Math.min(INTERVAL_MS, unfinishedMs) },
  );
  return stayed;
}

function isSame(one: LockFile, other: LockFile): boolean {
  return one.path === other.path && one.text === other.text;
}
