import { size, span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { table } from "../../lib/table";
import {
  findSavedApp,
  refuseWhileRunning,
  type SavedApp,
  taskTemplate,
} from "../backups/savedApps";
import { Interrupted, runTask, TaskFailed } from "../backups/task";

/**
 * Saves an application now, as its CronJob does by the clock. The last line on standard output is the backup's name alone.
 * @throws OperatorError with the task's own message when it fails.
 */
export async function backup(environment: string, app?: string): Promise<void> {
  const saved = await findSavedApp(environment, app);
  await refuseWhileRunning(saved);
  const started = Date.now();
  const signal = interruption();
  let log: string;
  try {
    const cronJob = await taskTemplate(saved, "backup");
    log = await runTask(saved.api, { cronJob, doing: `${saved.app} is being saved`, signal });
  } catch (error) {
    throw faultOf(error, `${saved.app} was not saved; the backups that are there are untouched.`, {
      where: `namespace ${saved.namespace}`,
      next: `mend the cause, then make backup APP=${saved.app}`,
    });
  }
  console.log(`${saved.app} is saved, ${span(Date.now() - started)}:`);
  console.log(log.trimEnd().split("\n").at(-1));
}

/** Prints the backups of an application, the newest last. */
export async function backups(environment: string, app?: string): Promise<void> {
  const saved = await findSavedApp(environment, app);
  const found = await listBackups(saved);
  console.log(
    found.length === 0
      ? `There is no backup of ${saved.app} yet: make backup APP=${saved.app}`
      : backupTable(found, new Date()),
  );
}

/** A file among the backups. */
export interface Listed {
  name: string;
  /** When it was made; undefined when unknown. */
  created?: Date;
  bytes: number;
  /** Release of the application that was saved. */
  version: string;
  /**
   * `whole`; `readable`, one of older programs, which is whole and not encrypted; or why it cannot be restored: no-manifest, truncated,
   * foreign, unproven (not signed by this site's task, or changed), other-key.
   */
  state: string;
}

/** Reads what list.sh prints: name, time, bytes, release, state. */
export function parseList(log: string): Listed[] {
  return log.split("\n").flatMap((line) => {
    const match = /^(\S+\.\S+) (\S+) ([0-9]+) (\S+) ([a-z-]+)$/.exec(line);
    if (match === null) {
      return [];
    }
    const [, name, created, bytes, version, state] = match;
    const time = new Date(created);
    return [
      {
        name,
        ...(Number.isNaN(time.getTime()) ? {} : { created: time }),
        bytes: Number(bytes),
        version,
        state,
      },
    ];
  });
}

/** As `make backups` prints them. */
export function backupTable(found: readonly Listed[], now: Date): string {
  return table(
    ["BACKUP", "CREATED", "AGE", "SIZE", "RELEASE", "STATE"],
    found.map(({ name, created, bytes, version, state }) => [
      name,
      created?.toISOString().replace(".000", "") ?? "-",
      created === undefined ? "-" : span(now.getTime() - created.getTime()),
      size(bytes),
      version,
      state,
    ]),
  );
}

/** Asks the volume itself, by a short task. */
export async function listBackups(saved: SavedApp): Promise<Listed[]> {
  try {
    const cronJob = await taskTemplate(saved, "restore");
    const doing = `the backups of ${saved.app} are being listed`;
    return parseList(
      await runTask(saved.api, { cronJob, look: "list", doing, signal: interruption() }),
    );
  } catch (error) {
    throw faultOf(error, `The backups of ${saved.app} cannot be listed.`, {
      where: `namespace ${saved.namespace}`,
      next: "mend the cause and try again",
    });
  }
}

/** Says for an operator what became of a task; what is none of a task's faults stays as it is. */
export function faultOf(
  error: unknown,
  what: string,
  { where, next }: { where: string; next: string },
): unknown {
  if (error instanceof Interrupted) {
    return new OperatorError({ what, where, why: "it was interrupted", next });
  }
  return error instanceof TaskFailed
    ? new OperatorError({ what, where: `${where}, job ${error.job}`, why: error.log, next })
    : error;
}

/** Is aborted by Ctrl-C and by a request to end; this process then puts things back and ends by itself. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  process.once("SIGHUP", abort);
  return controller.signal;
}
