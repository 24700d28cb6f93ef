import type { BackupKey } from "../../environment/contracts";
import type { KubernetesObject } from "../../kubernetes/kubectl";
import { BACKUP_LABEL, KEY_VOLUME, RESTORE_LABEL } from "../../kubernetes/taskLabels";

/** A Job as far as it matters here. */
export interface Job extends KubernetesObject {
  spec: CronJob["spec"]["jobTemplate"]["spec"];
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

/** A container of a task's pod, as far as it matters here. */
interface TaskContainer {
  command?: string[];
  env?: object[];
  volumeMounts?: { name: string }[];
}

/** A task's pod, as far as it matters here. Older programs have made it with one container. */
interface TaskPodSpec {
  initContainers?: TaskContainer[];
  containers: TaskContainer[];
  volumes?: { name: string; secret?: { secretName?: string } }[];
}

/** A CronJob as far as it matters here. */
export interface CronJob extends KubernetesObject {
  spec: {
    suspend?: boolean;
    jobTemplate: {
      metadata?: { labels?: Record<string, string> };
      spec: {
        activeDeadlineSeconds?: number;
        ttlSecondsAfterFinished?: number;
        template: { spec: TaskPodSpec };
      };
    };
  };
  status?: { lastSuccessfulTime?: string };
}

/** What differs between a Job and the CronJob it is made from. */
export interface JobChanges {
  /** When it is made; part of its name. */
  now: Date;
  /** Another script than the template's, which changes nothing. */
  look?: "list" | "check";
  env?: Record<string, string>;
}

/** Seconds that a Job with keys stays when it has ended, and its Secret with it, if nothing has removed that before. */
const KEYS_SECONDS = 3600;

/** The Job that does now what a CronJob would do by the clock; it goes with the CronJob. */
export function jobFrom(cronJob: CronJob, { now, look, env = {} }: JobChanges): Job {
  const { name, namespace, uid } = cronJob.metadata;
  const { metadata, spec } = structuredClone(cronJob.spec.jobTemplate);
  const labels = { ...metadata?.labels };
  const pod = spec.template.spec;
  if (look !== undefined) {
    delete labels[RESTORE_LABEL];
    lookOnly(pod, look);
  }
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    container.env = [
      ...(container.env ?? []),
      ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
    ];
  }
  const time = now
    .toISOString()
    .replace(/[-:]|\.\d+/g, "")
    .toLowerCase();
  const jobName = [name, ...(look === undefined ? [] : [look]), time].join("-");
  for (const { secret } of (pod.volumes ?? []).filter(isKeys)) {
    Object.assign(secret ?? {}, { secretName: keysName(jobName) });
    spec.ttlSecondsAfterFinished = Math.min(
      spec.ttlSecondsAfterFinished ?? KEYS_SECONDS,
      KEYS_SECONDS,
    );
  }
  return {
    ...{ apiVersion: "batch/v1", kind: "Job" },
    metadata: {
      name: jobName,
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

const isKeys = ({ name }: { name: string }): boolean => name === KEY_VOLUME;

/** Makes of a restore's pod one that only looks. The list needs neither the application nor the keys. */
function lookOnly(pod: TaskPodSpec, look: "list" | "check"): void {
  const [decrypts] = pod.initContainers ?? [];
  if (look === "list" && decrypts !== undefined) {
    const mounts = (decrypts.volumeMounts ?? []).filter((mount) => !isKeys(mount));
    decrypts.volumeMounts = mounts;
    pod.containers = [decrypts];
    // A volume that is not mounted would still bind the pod to where it can be.
    pod.volumes = (pod.volumes ?? []).filter((volume) =>
      mounts.some(({ name }) => name === volume.name),
    );
    delete pod.initContainers;
  }
  const [container] = pod.containers;
  const [shell, path] = container.command ?? [];
  container.command = [shell, path.replace(/[^/]+$/, `${look}.sh`)];
}

/** Name of the Secret with the keys of one Job. */
export function keysName(job: string): string {
  return `${job}-keys`;
}

/** Whether a Job's pod waits for a Secret with keys. */
export function needsKeys({ spec }: Pick<Job, "spec">): boolean {
  return (spec.template.spec.volumes ?? []).some(isKeys);
}

/**
 * The Secret that a Job's pod waits for: what opens a backup, and what proves who has made it. It belongs to the Job and goes with it,
 * whatever becomes of this process.
 *
 * @param job - As the API has it, with its UID.
 */
export function keysSecret({ metadata }: Job, { privateKey, signer }: BackupKey): object {
  const { name, namespace, uid } = metadata;
  return {
    ...{ apiVersion: "v1", kind: "Secret" },
    metadata: {
      name: keysName(name),
      namespace,
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid }],
    },
    immutable: true,
    stringData: { "private.pem": privateKey, "signer.pem": signer },
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

/**
 * The Jobs that save or restore an application right now, or restore another one: what one restore has stopped, such as Confluence for
 * its database, another would start.
 */
export function running(jobs: readonly Job[], app: string): Job[] {
  return jobs.filter((job) => {
    const { [BACKUP_LABEL]: saves, [RESTORE_LABEL]: restores } = job.metadata.labels ?? {};
    return (saves === app || restores !== undefined) && outcome(job) === undefined;
  });
}
