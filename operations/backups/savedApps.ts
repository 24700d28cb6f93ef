import { type Apps, type BackupKey, backupKeysContract } from "../../environment/contracts";
import { Kubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { Engine } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { selectProjects } from "../engine/stacks";
import { type CronJob, type Job, running } from "./taskJob";

/** An application that is saved, and the way to its cluster. */
export interface SavedApp {
  app: string;
  namespace: string;
  /** What opens its backups; none where older programs have brought the applications up, which did not encrypt. */
  keys?: BackupKey;
  api: Kubectl;
}

/**
 * The application that APP names.
 * @throws OperatorError when it names none that is saved, with those that are.
 */
export async function findSavedApp(
  environment: string,
  app: string | undefined,
): Promise<SavedApp> {
  const [project] = selectProjects("apps");
  const outputs = await new Engine(environment).outputs(project);
  const { backups = [] } = (outputs?.apps ?? {}) as Partial<Apps>;
  if (backups.length === 0) {
    throw new OperatorError({
      what: "No application is saved here: the stack apps is not up, or has none with a backup.",
      where: `stack ${environment} of project apps`,
      next: `make up ENV=${environment}`,
    });
  }
  const found = selectSavedApp(backups, app);
  const all = backupKeysContract.safeParse(outputs?.["backupKeys"]).data ?? [];
  const keys = all.find((one) => one.app === found.app);
  return { ...found, ...(keys && { keys }), api: new Kubectl(await writeKubeconfig(environment)) };
}

/** @throws OperatorError when the name is none of them. */
export function selectSavedApp(
  backups: Apps["backups"],
  app: string | undefined,
): { app: string; namespace: string } {
  const found = backups.find((one) => one.app === app);
  if (found === undefined) {
    throw new OperatorError({
      what: app ? `No application "${app}" is saved.` : "Say which application.",
      where: `APP=${app ?? ""}`,
      next: `use APP=${backups.map((one) => one.app).join(" or APP=")}`,
    });
  }
  return found;
}

/** Reads the CronJob `backup-<app>` or `restore-<app>`. */
export async function taskTemplate(
  { app, namespace, api }: SavedApp,
  kind: "backup" | "restore",
): Promise<CronJob> {
  const name = `${kind}-${app}`;
  const cronJob = await api.find<CronJob>("cronjob", { namespace, name });
  if (cronJob === undefined) {
    throw new OperatorError({
      what: `There is no CronJob ${name}.`,
      where: `namespace ${namespace}`,
      next: "make up STACK=apps",
    });
  }
  return cronJob;
}

/** @throws OperatorError while a save or a restore of the application is at work. */
export async function refuseWhileRunning({
  app,
  namespace,
  api,
}: Pick<SavedApp, "app" | "namespace"> & { api: Pick<Kubectl, "list"> }): Promise<void> {
  const [job] = running(await api.list<Job>("jobs", { namespace }), app);
  if (job !== undefined) {
    throw new OperatorError({
      what: `A task of ${app} is at work; nothing was begun.`,
      where: `job ${job.metadata.name} in namespace ${namespace}, since ${job.metadata.creationTimestamp}`,
      next:
        `wait until it ends: make backups APP=${app} shows what it has made\n` +
        `if it hangs: kubectl --namespace ${namespace} delete job ${job.metadata.name}`,
    });
  }
}
