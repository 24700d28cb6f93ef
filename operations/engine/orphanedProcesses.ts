import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

import { OperatorError } from "../../lib/operatorError";
import { cacheDirectory } from "../../lib/paths";
import { waitFor } from "../../lib/poll";

/** A process as far as it matters here. */
export interface Process {
  pid: number;
  parent: number;
  /** The program it runs, links resolved; empty where that is not to be seen. */
  executable: string;
  /** When it began, in ticks since the system's start. */
  began?: number;
  /** Value of RUN_MARK among its variables. */
  run?: string | undefined;
  /** Its arguments, the program's name the first, with blanks between. */
  command?: string | undefined;
}

/**
 * The plugins of ours whose engine is gone: those that the toolchain has built, and those that a run of ours has started. A plugin runs
 * in a process group of its own, so a SIGKILL that ends `pulumi` leaves it at work for up to five minutes: it would go on cloning.
 */
export function orphanedPlugins(processes: readonly Process[], cache: string): Process[] {
  const byId = new Map(processes.map((process) => [process.pid, process]));
  const isOurs = ({ executable, run }: Process): boolean =>
    (executable.startsWith(`${cache}/`) || run !== undefined) &&
    /^pulumi-(resource|language)-/.test(basename(executable));
  const hasEngine = ({ parent }: Process): boolean => {
    const executable = byId.get(parent)?.executable;
    return executable !== undefined && basename(executable).startsWith("pulumi");
  };
  return processes.filter((process) => isOurs(process) && !hasEngine(process));
}

/**
 * Name of the variable that says of an engine which run of ours has started it: environment, process id, and when that process
 * began, in ticks since the system's start. An engine that lives on when its run was killed goes on working and holds its lock.
 */
export const RUN_MARK = "SITEWRIGHT_RUN";

/** The value of that variable for engines that this process starts. */
export function runMark(environment: string): string {
  return [environment, process.pid, beginningOf(process.pid)].join(" ");
}

/**
 * The engines whose run of this environment has ended. An engine that was started by hand has no such mark.
 */
export function abandonedEngines(processes: readonly Process[], environment: string): Process[] {
  return processes.filter(
    (process) =>
      basename(process.executable) === "pulumi" && isAbandoned(process, processes, environment),
  );
}

/** What a language host runs: a program, or a policy pack. */
const PROGRAM = /\/@pulumi\/pulumi\/cmd\/run(-policy-pack)?([/ ]|$)/;

/**
 * The programs whose run of this environment has ended. A program whose engine was killed does not end: it calls the engine for
 * ever, and takes more and more memory.
 */
export function abandonedPrograms(processes: readonly Process[], environment: string): Process[] {
  return processes.filter(
    (process) =>
      PROGRAM.test(process.command ?? "") && isAbandoned(process, processes, environment),
  );
}

/** Whether a process belongs to a run of this environment that is no more. */
function isAbandoned(
  { run }: Process,
  processes: readonly Process[],
  environment: string,
): boolean {
  const [of, pid, began] = run?.split(" ") ?? [];
  return (
    of === environment &&
    began !== undefined &&
    !processes.some((one) => one.pid === Number(pid) && `${one.began}` === began)
  );
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
            executable: readIfAllowed(() => readlinkSync(`/proc/${name}/exe`)) ?? "",
            began: beginningOf(Number(name)),
            run: readIfAllowed(() => runOf(name)),
            command: readIfAllowed(() =>
              readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " "),
            ),
          },
        ];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** The system shows that processes of other accounts exist, but not what they run. */
function readIfAllowed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** When a process began, in ticks since the system's start: with its id that is one process, whatever the clock does. */
function beginningOf(pid: number): number {
  // The name, in brackets, may have blanks and brackets in it.
  const [, fields = ""] = /^.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return Number(fields.split(" ")[19]);
}

function runOf(pid: string): string | undefined {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return variables.find((one) => one.startsWith(`${RUN_MARK}=`))?.slice(RUN_MARK.length + 1);
}

/** How an engine is asked to end: as by Ctrl-C it stops after the steps under way, and takes its lock along. */
const ENGINE_SIGNALS: readonly Step[] = [
  { signal: "SIGINT", seconds: 60 },
  { signal: "SIGTERM", seconds: 15 },
  { signal: "SIGKILL", seconds: 10 },
];

const PLUGIN_SIGNALS: readonly Step[] = [
  { signal: "SIGTERM", seconds: 10 },
  { signal: "SIGKILL", seconds: 10 },
];

interface Step {
  signal: NodeJS.Signals;
  /** Seconds until the next step. */
  seconds: number;
}

/**
 * Ends what a killed run has left at work: engines of this environment, plugins whose engine is gone, and programs. Waits until they are.
 * @throws OperatorError when a process stays.
 */
export async function endOrphans(environment: string): Promise<void> {
  await end(
    () => abandonedEngines(allProcesses(), environment),
    "whose make was killed; it stops after the steps under way",
    ENGINE_SIGNALS,
  );
  await end(
    () => orphanedPlugins(allProcesses(), cacheDirectory()),
    "whose pulumi was killed",
    PLUGIN_SIGNALS,
  );
  await end(
    () => abandonedPrograms(allProcesses(), environment),
    "a program whose pulumi was killed",
    PLUGIN_SIGNALS,
  );
}

async function end(find: () => Process[], why: string, steps: readonly Step[]): Promise<void> {
  for (const { signal, seconds } of steps) {
    const asked = new Set<number>();
    const haveEnded = (): boolean => {
      const orphans = find();
      // Once each: a second Ctrl-C makes an engine abort its running steps.
      for (const { pid, executable } of orphans.filter((one) => !asked.has(one.pid))) {
        asked.add(pid);
        console.log(`Ending ${basename(executable)} (process ${pid}, ${signal}), ${why}.`);
        try {
          process.kill(pid, signal);
        } catch {
          // It has just ended by itself.
        }
      }
      return orphans.length === 0;
    };
    if (await waitFor(haveEnded, { deadline: seconds * 1000, interval: 250 })) {
      return;
    }
  }
  throw new OperatorError({
    what: "Something that a killed run has left at work does not end.",
    where: find()
      .map(({ pid, executable }) => `process ${pid}, ${executable}`)
      .join("\n"),
    next: "see what it waits for (a disk or a file server that does not answer), then type the same command again",
  });
}
