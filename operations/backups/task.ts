import { setTimeout as delay } from "node:timers/promises";

import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import type { BackupKey } from "../../environment/contracts";
import {
  type CronJob,
  type Job,
  type JobChanges,
  jobFrom,
  keysName,
  keysSecret,
  needsKeys,
  outcome,
} from "./taskJob";

/** The part of kubectl that tasks need. */
export type TaskApi = Pick<Kubectl, "find" | "list" | "create" | "remove" | "log">;

interface ContainerStatus {
  name: string;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { exitCode: number };
  };
}

interface Pod extends KubernetesObject {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

/** What a task is to do, and how it is spoken of. */
export interface TaskArgs extends Omit<JobChanges, "now"> {
  cronJob: CronJob;
  /** How it reads in "consul is being saved, 20 s". */
  doing: string;
  /** What a restore decrypts with; it is in the cluster while the Job runs. */
  keys?: BackupKey;
  /** Ends the wait; the Job is deleted then. */
  signal?: AbortSignal;
  /** Milliseconds between two looks. @default 1000 */
  interval?: number;
}

/** A task that ran and failed, with what it printed. */
export class TaskFailed extends Error {
  constructor(
    readonly job: string,
    readonly log: string,
  ) {
    super(log);
  }
}

/** The operator pressed Ctrl-C, or this process got another signal to end. */
export class Interrupted extends Error {}

/** Seconds for what comes before and after a task's own time. */
const MARGIN = 60;
const PROGRESS = 10_000;

/**
 * Runs a Job made from a CronJob to its end, says every ten seconds how it stands, and returns what it printed.
 * A Job that only looks is removed afterwards.
 * @throws TaskFailed, Interrupted, or OperatorError when it does not end.
 */
export async function runTask(api: TaskApi, args: TaskArgs): Promise<string> {
  const { cronJob, doing, keys, signal, interval = 1000, look, env } = args;
  if (signal?.aborted) {
    throw new Interrupted();
  }
  const job = jobFrom(cronJob, { now: new Date(), look, env });
  const place = { name: job.metadata.name, namespace: String(job.metadata.namespace) };
  const needed = needsKeys(job) ? (keys ?? refuseWithoutKeys(place)) : undefined;
  await api.create(job);
  const secret = { namespace: place.namespace, name: keysName(place.name) };
  try {
    // After the Job, whose pod waits for it: so there is never one without an owner.
    const made = needed && (await api.find<Job>("job", place));
    if (made !== undefined) {
      await api.create(keysSecret(made, needed!));
    }
    const { ok, why } = await ended(api, place, { doing, signal, interval, job });
    const pod = await newestPod(api, place);
    const log =
      pod === undefined
        ? why
        : await api.log(place.namespace, pod.metadata.name, failedContainer(pod));
    if (!ok) {
      throw new TaskFailed(place.name, log.trim() === "" ? why : log.trim());
    }
    return log;
  } finally {
    if (needed !== undefined) {
      await api.remove("secret", secret).catch((error: unknown) => {
        console.error(
          `The Secret ${secret.name} in namespace ${secret.namespace} could not be removed; it goes with its Job, an hour after its end. ` +
            (error as Error).message,
        );
      });
    }
    if (look !== undefined || signal?.aborted) {
      await api.remove("job", place);
    }
  }
}

function refuseWithoutKeys({ namespace }: { namespace: string }): never {
  throw new OperatorError({
    what: "The state of apps does not say what opens backups; nothing was touched.",
    where: `namespace ${namespace}`,
    why: "the last update of apps did not end",
    next: "make up STACK=apps",
  });
}

/** The container that a pod has failed with, if it is not the last one: those after it have printed nothing. */
function failedContainer({ status }: Pod): string | undefined {
  return status?.initContainerStatuses?.find(
    ({ state }) => (state?.terminated?.exitCode ?? 0) !== 0,
  )?.name;
}

async function ended(
  api: TaskApi,
  place: { name: string; namespace: string },
  {
    doing,
    signal,
    interval,
    job,
  }: Pick<TaskArgs, "doing" | "signal"> & { interval: number; job: Job },
): Promise<{ ok: boolean; why: string }> {
  const started = Date.now();
  const deadline = started + ((job.spec.activeDeadlineSeconds ?? 600) + MARGIN) * 1000;
  for (let told = started; ;) {
    const now = await api.find<Job>("job", place);
    const end = now && outcome(now);
    if (end !== undefined) {
      return end;
    }
    if (now === undefined || Date.now() > deadline) {
      throw new OperatorError({
        what: `The task did not end: ${doing}.`,
        where: `job ${place.name} in namespace ${place.namespace}`,
        why: now === undefined ? "the job was deleted" : await waitingFor(api, place),
        next: "mend the cause and type the same command again",
      });
    }
    if (Date.now() - told >= PROGRESS) {
      told = Date.now();
      const reason = await waitingFor(api, place);
      console.log(`  ${doing}, ${span(told - started)}${reason === "" ? "" : `: ${reason}`}`);
    }
    if (signal?.aborted) {
      throw new Interrupted();
    }
    await delay(interval);
  }
}

async function newestPod(
  api: TaskApi,
  { name, namespace }: { name: string; namespace: string },
): Promise<Pod | undefined> {
  const pods = await api.list<Pod>("pods", { namespace, selector: `job-name=${name}` });
  const time = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp ?? "");
  return pods.sort((a, b) => time(a) - time(b)).at(-1);
}

/** Why a task's pod does not run; empty while it does. */
async function waitingFor(
  api: TaskApi,
  place: { name: string; namespace: string },
): Promise<string> {
  const pod = await newestPod(api, place);
  if (pod === undefined) {
    return "it has no pod yet; a quota that is used up is one reason";
  }
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  // One after the other: the first that has not begun is the one that waits.
  const waiting = [...initContainerStatuses, ...containerStatuses].find(
    ({ state }) => state?.waiting !== undefined,
  )?.state?.waiting;
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  return [waiting?.reason, waiting?.message, unscheduled?.message].filter(Boolean).join(": ");
}
