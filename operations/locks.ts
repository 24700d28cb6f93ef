import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Engine } from "./engine";
import { OperatorError } from "./operatorError";
import { StackProject } from "./stacks";

/** What the engine writes into a lock file of a file:// backend. */
interface Lock {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/** How `pulumi` of a lock stands: it still runs, it is gone, or it ran on another machine. */
export type LockHolder = "running" | "gone" | "elsewhere";

/** Decides whether the process that took a lock still holds it. `executable` is /proc/PID/exe. */
export function lockHolder(
  lock: Lock,
  machine: string,
  executable: string | undefined,
): LockHolder {
  if (lock.hostname !== machine) {
    return "elsewhere";
  }
  // A process id is used again after a while; only a pulumi can be the holder.
  return executable !== undefined && basename(executable).startsWith("pulumi") ? "running" : "gone";
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

function locksOf(engine: Engine, project: StackProject): Lock[] {
  if (!engine.backendUrl.startsWith("file://")) {
    return [];
  }
  const directory = join(
    fileURLToPath(engine.backendUrl),
    ".pulumi/locks/organization",
    project.name,
    engine.environment,
  );
  try {
    return readdirSync(directory)
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as Lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return [];
    }
    throw error;
  }
}

/**
 * Removes the lock that a killed `pulumi` left on a stack of this machine's file backend.
 * @throws OperatorError when the holder still runs, or ran on another machine.
 */
export async function releaseStaleLock(engine: Engine, project: StackProject): Promise<void> {
  for (const lock of locksOf(engine, project)) {
    const holder = lockHolder(lock, hostname(), executableOf(lock.pid));
    if (holder !== "gone") {
      throw new OperatorError({
        what: `Stack ${project.name} is being changed by another pulumi.`,
        where: `process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}`,
        next:
          holder === "running"
            ? `wait until it ends, or stop it with Ctrl-C there (kill -INT ${lock.pid})`
            : `when that process is surely gone: cd ${project.directory} && pulumi cancel --stack ${engine.environment}`,
      });
    }
    console.log(`The pulumi that held the lock of ${project.name} (process ${lock.pid}) is gone.`);
    await engine.run(project, ["cancel", "--yes", "--stack", engine.environment]);
  }
}
