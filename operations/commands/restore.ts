import type { Kubectl } from "../../kubernetes/kubectl";
import { STOPS_ANNOTATION } from "../../kubernetes/taskLabels";
import { askToType } from "../../lib/terminal/confirmation";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import {
  findSavedApp,
  refuseWhileRunning,
  type SavedApp,
  taskTemplate,
} from "../backups/savedApps";
import { restoreScale, scaleDown, scaleTargets, waitUntilReady } from "../backups/scale";
import { resume, suspend } from "../backups/suspendCronJob";
import { runTask, type TaskArgs } from "../backups/task";
import type { CronJob } from "../backups/taskJob";
import { isUnattended } from "../engine/engine";
import { backupTable, faultOf, interruption, listBackups } from "./backups";

/** What a restore took. */
export interface Measured {
  /** Milliseconds whose changes are lost: the age of the backup when the restore began. */
  pointMs: number;
  /** Milliseconds from the beginning until the application was ready again. */
  timeMs: number;
}

/**
 * Restores an application from one of its backups: checks it, asks, stops what may not run meanwhile, restores, and starts it
 * again, however it ends. Prints what was lost (RPO) and how long it took (RTO), as measured.
 * @throws OperatorError before anything is touched when the backup is not one of this application and site, or not whole.
 */
export async function restore(environment: string, app?: string, from?: string): Promise<void> {
  const saved = await findSavedApp(environment, app);
  if (from === undefined || from === "") {
    throw await choice(saved);
  }
  checkName(from);
  await refuseWhileRunning(saved);
  const cronJob = await taskTemplate(saved, "restore");
  const created = await checkBackup(saved, cronJob, from);
  if (saved.keys !== undefined && !from.endsWith(".enc")) {
    console.log(
      `${from} is neither encrypted nor signed: whoever can write to its volume may have made it.`,
    );
  }
  if (!isUnattended(environment)) {
    await askConsent(saved.app, from, created);
  }
  const signal = interruption();
  console.log(`${saved.app} is restored from ${from}, which is ${span(Date.now() - created)} old.`);
  let measured: Measured;
  try {
    const { app: name, keys } = saved;
    measured = await restoreFrom(saved.api, cronJob, {
      ...{ app: name, from, created, signal },
      ...(keys && { keys }),
    });
  } catch (error) {
    throw faultOf(error, `${saved.app} is not restored.`, {
      where: `namespace ${saved.namespace}`,
      next: `mend the cause, then make restore APP=${saved.app} FROM=${from}`,
    });
  }
  console.log(
    `${saved.app} is restored. RPO ${span(measured.pointMs)}: changes of that time are lost. ` +
      `RTO ${span(measured.timeMs)}: it was ready again after that.`,
  );
}

/** @throws OperatorError when the text cannot be the name of a file in the backups' folder. */
export function checkName(from: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(from)) {
    throw new OperatorError({
      what: "This is not the name of a backup; nothing was touched.",
      where: `FROM=${from}`,
      next: "name one that make backups APP=... lists, without a folder",
    });
  }
}

/** The error when FROM is missing. */
async function choice(saved: SavedApp): Promise<OperatorError> {
  const found = await listBackups(saved);
  // Where there is an encrypted one, a readable one is older.
  const newest =
    found.filter(({ state }) => state === "whole").at(-1) ??
    found.filter(({ state }) => state === "readable").at(-1);
  return new OperatorError({
    what: "Say from which backup; nothing was touched.",
    where: "FROM=",
    why: found.length === 0 ? "there is none yet" : backupTable(found, new Date()),
    next:
      newest === undefined
        ? `make backup APP=${saved.app}`
        : `make restore APP=${saved.app} FROM=${newest.name}`,
  });
}

/** Lets a task on the volume check the backup while the application still runs; when it was made, in milliseconds. */
async function checkBackup(saved: SavedApp, cronJob: CronJob, from: string): Promise<number> {
  const doing = `${from} is being checked`;
  const env = { BACKUP_FROM: from };
  try {
    const signal = interruption();
    const { api, keys } = saved;
    const args = { cronJob, env, doing, signal, ...(keys && { keys }) };
    return createdOf(await runTask(api, { ...args, look: "check" }));
  } catch (error) {
    throw faultOf(error, `${saved.app} was not touched: ${from} cannot be restored.`, {
      where: `namespace ${saved.namespace}`,
      next: `make backups APP=${saved.app} lists what there is`,
    });
  }
}

/** Reads the manifest that check.sh prints at its end. */
export function createdOf(log: string): number {
  const manifest = /^\{$[^]*?^\}$/m.exec(log)?.[0] ?? "{}";
  return Date.parse((JSON.parse(manifest) as { created?: string }).created ?? "");
}

async function askConsent(app: string, from: string, created: number): Promise<void> {
  await askToType(app, {
    doing: `restore it from ${from}`,
    lost: `Everything written to ${app} in the last ${span(Date.now() - created)} is lost.`,
    refused: `${app} was not touched: there was no consent.`,
    next: `type the application's name when asked, or make restore APP=${app} FROM=${from} YES=1`,
  });
}

/** The part of kubectl that a restore needs. */
type RestoreApi = Pick<Kubectl, "find" | "list" | "create" | "remove" | "log" | "patch">;

type RestoreArgs = { app: string; from: string; created: number } & Pick<
  TaskArgs,
  "keys" | "signal" | "interval"
>;

/**
 * Suspends the scheduled backups, scales down, restores, scales up. Both are reverted however the restore ends; if this process is
 * killed, annotations tell the next `make up` to do so.
 *
 * A backup that began meanwhile would save half of a store, and could remove the very file that is restored because of its age.
 */
export async function restoreFrom(
  api: RestoreApi,
  cronJob: CronJob,
  args: RestoreArgs,
): Promise<Measured> {
  const { app } = args;
  const { namespace = "" } = cronJob.metadata;
  const clock = { namespace, name: `backup-${app}` };
  // One may have begun while the operator was asked. If it is a restore, the CronJob stays as that one has it.
  await refuseWhileRunning({ app, namespace, api });
  try {
    await suspend(api, clock);
    // No backup begins from here on, but one may have begun just before.
    await refuseWhileRunning({ app, namespace, api });
    return await scaleDownAndRestore(api, cronJob, args);
  } finally {
    // Last of all: a backup that was due meanwhile begins at once.
    await resume(api, clock).catch((error: unknown) => {
      tellLeftOver(`cronjob ${clock.name} could not be resumed`, error);
    });
  }
}

async function scaleDownAndRestore(
  api: RestoreApi,
  cronJob: CronJob,
  { app, from, created, ...task }: RestoreArgs,
): Promise<Measured> {
  const { namespace = "", annotations } = cronJob.metadata;
  const targets = scaleTargets(namespace, annotations?.[STOPS_ANNOTATION]);
  const started = Date.now();
  try {
    for (const target of targets) {
      console.log(`  ${target.kind} ${target.name} is stopped`);
      await scaleDown(api, target, task.interval);
    }
    const doing = `${app} is being restored`;
    await runTask(api, { cronJob, env: { BACKUP_FROM: from }, doing, ...task });
  } finally {
    for (const target of targets) {
      console.log(`  ${target.kind} ${target.name} is started`);
      await restoreScale(api, target).catch((error: unknown) => {
        tellLeftOver(`${target.kind} ${target.name} could not be started`, error);
      });
    }
  }
  for (const target of targets) {
    await waitUntilReady(api, target, task.interval);
  }
  return { pointMs: started - created, timeMs: Date.now() - started };
}

/** Reports a failed cleanup. It must neither hide the error of the restore, nor keep the next workload scaled down. */
function tellLeftOver(what: string, error: unknown): void {
  console.error(`${what}; make up does it. ${(error as Error).message}`);
  process.exitCode = 1;
}
