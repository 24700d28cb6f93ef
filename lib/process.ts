import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readlinkSync } from "node:fs";

import { lastLines } from "./command";

/** A program that runs on when this one ends. */
export interface Detached {
  pid: number;
  hasEnded(): boolean;
}

/** Starts a program in a session of its own, its output appended to a log file of mode 0600. */
export function startDetached(
  program: string,
  args: string[],
  log: string,
  directory = "/",
): Detached {
  const output = openSync(log, "a", 0o600);
  const child = spawn(program, args, {
    cwd: directory,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  let ended = false;
  child.once("exit", () => (ended = true));
  child.once("error", () => (ended = true));
  child.unref();
  return { pid: child.pid ?? -1, hasEnded: () => ended };
}

/** The end of a log file, or nothing when there is none. */
export function logTail(path: string): string | undefined {
  try {
    return lastLines(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Whether a process is the one meant: a process id alone is used again after a while, so one of its arguments must be the mark.
 */
export function isProcess(pid: number, mark: string): boolean {
  try {
    // A zombie has no program any more.
    readlinkSync(`/proc/${pid}/exe`);
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(mark);
  } catch {
    return false;
  }
}
