import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { cacheDirectory } from "./paths";

/** A process as far as it matters here. */
export interface Process {
  pid: number;
  parent: number;
  /** The program it runs, links resolved. */
  executable: string;
}

/**
 * The plugins of ours whose engine is gone. A plugin runs in a process group of its own, so a
 * SIGKILL that ends `pulumi` leaves it at work for up to five minutes: it would go on cloning.
 */
export function orphanedPlugins(processes: readonly Process[], cache: string): Process[] {
  const byId = new Map(processes.map((process) => [process.pid, process]));
  const isOurs = ({ executable }: Process): boolean =>
    executable.startsWith(`${cache}/`) && /^pulumi-(resource|language)-/.test(basename(executable));
  const hasEngine = ({ parent }: Process): boolean => {
    const executable = byId.get(parent)?.executable;
    return executable !== undefined && basename(executable).startsWith("pulumi");
  };
  return processes.filter((process) => isOurs(process) && !hasEngine(process));
}

function allProcesses(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, "utf8");
        return [
          {
            pid: Number(name),
            parent: Number(/^PPid:\s+([0-9]+)/m.exec(status)?.[1]),
            executable: readlinkSync(`/proc/${name}/exe`),
          },
        ];
      } catch {
        // It ended meanwhile, or belongs to someone else.
        return [];
      }
    });
}

/** Ends plugins that an engine left behind when it was killed, and waits until they are gone. */
export async function endOrphanedPlugins(): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (let signal: NodeJS.Signals = "SIGTERM"; ;) {
    const orphans = orphanedPlugins(allProcesses(), cacheDirectory());
    if (orphans.length === 0) {
      return;
    }
    if (Date.now() > deadline) {
      signal = "SIGKILL";
    }
    for (const { pid, executable } of orphans) {
      console.log(`Ending ${basename(executable)} (process ${pid}), whose pulumi was killed.`);
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended by itself.
      }
    }
    await delay(250);
  }
}
