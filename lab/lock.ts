import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { readIfThere } from "../lib/files";
import { OperatorError } from "../lib/operatorError";
import { isProcess } from "../lib/process";
import { labState, stateFile } from "./paths";

const lockFile = stateFile("lock");
/** Held while a stale lock is removed, so that no other process removes the lock that follows it. */
const takeoverFile = stateFile("lock.takeover");

/**
 * Runs something that changes the lab, under a lock. A lock whose holder is gone is taken over.
 * @throws OperatorError that names the process which holds the lock.
 */
export async function withLabLock<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(labState, { recursive: true, mode: 0o700 });
  if (!tryToTake(lockFile)) {
    takeOver();
  }
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** Only the process that has the takeover file may remove a lock, and only if the lock's holder is gone. */
function takeOver(): void {
  refuseWhileHeld(lockFile);
  if (!tryToTake(takeoverFile)) {
    refuseWhileHeld(takeoverFile);
    throw new OperatorError({
      what: "A command ended while it took the lab over from another one that had ended.",
      where: takeoverFile,
      next: "remove that file, then run this one again",
    });
  }
  try {
    // Another process may have taken over between the first look and now.
    refuseWhileHeld(lockFile);
    rmSync(lockFile, { force: true });
    if (!tryToTake(lockFile)) {
      throw new OperatorError({
        what: "Another command has just begun to change the lab.",
        where: lockFile,
        next: "wait until it ends, then run this one again",
      });
    }
  } finally {
    rmSync(takeoverFile, { force: true });
  }
}

function refuseWhileHeld(file: string): void {
  const [pid = "", program = ""] = (readIfThere(file) ?? "").split("\n");
  if (isProcess(Number(pid), program)) {
    throw new OperatorError({
      what: "Another command is changing the lab.",
      where: `process ${pid}, ${program}`,
      next: "wait until it ends, then run this one again",
    });
  }
}

/** A lock appears with its content: another process would take an empty one for a lock without a holder. */
function tryToTake(file: string): boolean {
  const complete = `${file}.${process.pid}`;
  writeFileSync(complete, `${process.pid}\n${ownProgram()}`, { mode: 0o600 });
  try {
    linkSync(complete, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    rmSync(complete, { force: true });
  }
}

/** The program as the system lists it; process.argv has a path that node has completed. */
function ownProgram(): string {
  return readFileSync("/proc/self/cmdline", "utf8").split("\0")[1];
}
