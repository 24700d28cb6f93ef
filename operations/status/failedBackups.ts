import type { Apps } from "../../environment/contracts";
import type { Kubectl } from "../../kubernetes/kubectl";
import { BACKUP_LABEL } from "../../kubernetes/taskLabels";
import type { Section } from "../../lib/statusSection";
import { type Job, outcome } from "../backups/taskJob";

/**
 * Names the applications whose last try to be saved has failed, long before their newest backup is too old. The next run of the schedule
 * tries again by itself.
 */
export async function failedBackupsSection(
  api: Pick<Kubectl, "list">,
  backups: Apps["backups"],
): Promise<Section> {
  const jobs = backups.length === 0 ? [] : await api.list<Job>("jobs", { selector: BACKUP_LABEL });
  const warnings = backups.flatMap(({ app, namespace }) => {
    const tries = jobs
      .filter(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.labels?.[BACKUP_LABEL] === app,
      )
      .sort((a, b) => begun(a) - begun(b));
    const last = tries.filter((job) => outcome(job) !== undefined).at(-1);
    const end = last && outcome(last);
    return last === undefined || end === undefined || end.ok
      ? []
      : [
          `the last try to save ${app} failed (${end.why}): ` +
            `kubectl --namespace ${namespace} logs job/${last.metadata.name} says why; the next run tries again, or make backup APP=${app}`,
        ];
  });
  return { text: "", missing: [], warnings };
}

function begun({ metadata }: Job): number {
  return Date.parse(metadata.creationTimestamp ?? "");
}
