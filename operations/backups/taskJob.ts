import type { KubernetesObject } from "../../kubernetes/kubectl";
import { BACKUP_LABEL, RESTORE_LABEL } from "../../kubernetes/taskLabels";

/** A Job as far as it matters here. */
export interface Job extends KubernetesObject {
  spec: { activeDeadlineSeconds?: number };
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

/** A CronJob as far as it matters here. */
export interface CronJob extends KubernetesObject {
  spec: {
    suspend?: boolean;
    jobTemplate: {
      metadata?: { labels?: Record<string, string> };
      spec: {
        activeDeadlineSeconds?: number;
        template: { spec: { containers: { command?: string[]; env?: object[] }[] } };
      };
    };
  };
  status?: { lastSuccessfulTime?: string };
}

/** What differs between a Job and the CronJob it is made from. */
export interface JobChanges {
  /** When it is made; part of its name. */
  now: Date;
  /** Another script than the template's, which changes nothing: list, check. */
  look?: string;
  env?: Record<string, string>;
}

/** The Job that does now what a CronJob would do by the clock; it goes with the CronJob. */
export function jobFrom(cronJob: CronJob, { now, look, env = {} }: JobChanges): Job {
  const { name, namespace, uid } = cronJob.metadata;
  const { metadata, spec } = structuredClone(cronJob.spec.jobTemplate);
  const labels = { ...metadata?.labels };
  const [container] = spec.template.spec.containers;
  if (look !== undefined) {
    delete labels[RESTORE_LABEL];
    const [shell, path] = container.command ?? [];
    container.command = [shell, path.replace(/[^/]+$/, `${look}.sh`)];
  }
  container.env = [
    ...(container.env ?? []),
    ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
  ];
  const time = now
    .toISOString()
    .replace(/[-:]|\.\d+/g, "")
    .toLowerCase();
  return {
    ...{ apiVersion: "batch/v1", kind: "Job" },
    metadata: {
      name: [name, ...(look === undefined ? [] : [look]), time].join("-"),
      namespace,
      labels,
      // Its success then counts as the CronJob's, and it is tidied up with the others.
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
      ...{
        ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true }],
      },
    },
    spec,
  };
}

/** How a Job has ended; undefined while it has not. */
export function outcome(job: Job): { ok: boolean; why: string } | undefined {
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  return (
    end && {
      ok: end.type === "Complete",
      why: [end.reason, end.message].filter(Boolean).join(": "),
    }
  );
}

/** The Jobs that save or restore an application right now. */
export function running(jobs: readonly Job[], app: string): Job[] {
  return jobs.filter((job) => {
    const { [BACKUP_LABEL]: saves, [RESTORE_LABEL]: restores } = job.metadata.labels ?? {};
    return (saves === app || restores === app) && outcome(job) === undefined;
  });
}
