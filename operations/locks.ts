import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Engine } from "./engine";
import { OperatorError } from "./operatorError";
import type { StackProject } from "./stacks";

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

/** Where the locks are. */
type Backend = Pick<Engine, "backendUrl" | "environment">;

function locksOf(engine: Backend, project: StackProject): Lock[] {
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
 * Makes sure that nobody works on a stack of this machine's file backend. Reads nothing but the locks, so that it can come
 * before anything in the backend is mended.
 * @throws OperatorError when the holder of a lock still runs, or ran on another machine.
 */
export function refuseWhileLocked(engine: Backend, project: StackProject): void {
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
  }
}

/**
 * Removes the lock that a killed `pulumi` left on a stack of this machine's file backend.
 * @throws OperatorError when the holder still runs, or ran on another machine.
 */
export async function releaseStaleLock(
  engine: Backend & Pick<Engine, "run">,
  project: StackProject,
): Promise<void> {
  refuseWhileLocked(engine, project);
  for (const { pid } of locksOf(engine, project)) {
    console.log(`The pulumi that held the lock of ${project.name} (process ${pid}) is gone.`);
    await engine.run(project, ["cancel", "--yes", "--stack", engine.environment]);
  }
}
