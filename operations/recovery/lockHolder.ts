import { readlinkSync } from "node:fs";
import { basename } from "node:path";

import { z } from "zod";

/** What the engine writes into a lock file of a file:// backend. */
const lockSchema = z.object({
  pid: z.int().positive(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

export type Lock = z.output<typeof lockSchema>;

/** Reads a lock; undefined when the text is cut off, as a killed `pulumi` or a full disk leaves it. */
export function parseLock(text: string): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * What this machine says of a process id. `gone`: no process has it, surely. `unknown`: there is one, and this account may not
 * see what it runs.
 */
export type ProcessAnswer = "gone" | "unknown" | { executable: string };

/** What is known of the `pulumi` that holds a lock. Only `gone` proves that no process works under the lock any more. */
export type LockHolder = "running" | "gone" | "unknown" | "elsewhere";

/** A plugin is started by an engine and takes no lock of its own. */
const ENGINE = /^pulumi(?!-(resource|language|analyzer|tool|converter)-)/;

/**
 * Decides whether the process that took a lock still holds it. The times are not compared: a clock that was set forward makes
 * every process look younger than its lock.
 */
export function lockHolder(
  lock: Pick<Lock, "hostname">,
  machine: string,
  answer: ProcessAnswer,
): LockHolder {
  if (lock.hostname !== machine) {
    return "elsewhere";
  }
  if (typeof answer === "string") {
    return answer;
  }
  // A process id is used again after a while; only an engine can be the holder.
  return ENGINE.test(basename(answer.executable)) ? "running" : "gone";
}

/** Asks the system for a process. An error that does not say that there is none is no proof of that. */
export function askForProcess(
  pid: number,
  { signal, readlink }: Questions = SYSTEM,
): ProcessAnswer {
  let isOurs = true;
  try {
    signal(pid);
  } catch (error) {
    if (codeOf(error) === "ESRCH") {
      return "gone";
    }
    // There is one, of another account.
    isOurs = false;
  }
  try {
    return { executable: readlink(`/proc/${pid}/exe`) };
  } catch (error) {
    const code = codeOf(error);
    // A process of this account without a program has ended. Those of others may be hidden (hidepid), and look alike.
    return isOurs && (code === "ENOENT" || code === "ESRCH") ? "gone" : "unknown";
  }
}

/** How the system is asked. */
interface Questions {
  /** Sends signal 0. @throws ErrnoException ESRCH when no process has this id, EPERM when it is another account's. */
  signal(pid: number): void;
  readlink(path: string): string;
}

const SYSTEM: Questions = { signal: (pid) => process.kill(pid, 0), readlink: readlinkSync };

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
