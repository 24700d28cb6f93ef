import type { Apps } from "../../environment/contracts";
import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { BACKUP_LABEL } from "../../kubernetes/taskLabels";
import type { CronJob } from "../backups/taskJob";

/** What is known of an application's backups. */
export interface BackupState {
  /** When the newest task that saved it ended well. */
  newest?: Date;
  /** Since when it is saved. */
  since: Date;
  /**
   * How many of its backups are not encrypted, because older programs have made them; as the newest task has counted. Undefined when
   * none of these programs has said it, or its pod is gone.
   */
  readable?: number;
}

interface TaskPod extends KubernetesObject {
  status?: { containerStatuses?: { state?: { terminated?: { message?: string } } }[] };
}

/** Asks the API for all CronJobs that save and for the pods of their last runs, at once. */
export async function readBackupStates(
  api: Pick<Kubectl, "list">,
  backups: Apps["backups"],
): Promise<Map<string, BackupState>> {
  if (backups.length === 0) {
    return new Map();
  }
  const found = await api.list("cronjobs,pods", { selector: BACKUP_LABEL });
  return new Map(
    backups.map(({ app, namespace }) => {
      const own = found.filter(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.labels?.[BACKUP_LABEL] === app,
      );
      const cronJob = own.find(({ kind }) => kind === "CronJob") as CronJob | undefined;
      const newest = cronJob?.status?.lastSuccessfulTime;
      const readable = countedReadable(own.filter(({ kind }) => kind === "Pod"));
      return [
        app,
        {
          since: new Date(cronJob?.metadata.creationTimestamp ?? 0),
          ...(newest === undefined ? {} : { newest: new Date(newest) }),
          ...(readable === undefined ? {} : { readable }),
        },
      ];
    }),
  );
}

/** What the newest pod that ended well has said (apps/backups/saveScripts.ts). */
function countedReadable(pods: readonly TaskPod[]): number | undefined {
  const said = pods.flatMap(({ metadata, status }) => {
    const message = status?.containerStatuses?.[0]?.state?.terminated?.message ?? "";
    const count = /^readable=([0-9]+)$/m.exec(message)?.[1];
    return count === undefined
      ? []
      : [{ time: Date.parse(metadata.creationTimestamp ?? ""), count: Number(count) }];
  });
  return said.sort((a, b) => a.time - b.time).at(-1)?.count;
}
