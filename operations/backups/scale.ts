import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { RESTORE_LABEL } from "../../kubernetes/taskLabels";
import { OperatorError } from "../../lib/operatorError";
import { waitFor } from "../../lib/poll";
import { leftCordonedBy, uncordon } from "../leaving/drain";
import { backInService, isBackInService } from "../lost-nodes/outOfService";
import { dropManagedFields, MANAGER } from "./managedFields";
import { resume, SUSPEND_ANNOTATION } from "./suspendCronJob";
import { type Job, outcome } from "./taskJob";

/** The part of kubectl that scaling needs. */
export type WorkloadApi = Pick<Kubectl, "find" | "list" | "patch">;

/** A Deployment or StatefulSet. */
interface Workload extends KubernetesObject {
  spec: {
    replicas?: number;
    selector: { matchLabels?: Record<string, string> };
    progressDeadlineSeconds?: number;
    template: { spec: { terminationGracePeriodSeconds?: number } };
  };
  status?: { readyReplicas?: number };
}

/** A workload that is scaled to 0 during a restore. */
export interface ScaleTarget {
  kind: string;
  namespace: string;
  name: string;
}

/** Annotation on a workload that a restore has scaled down: its number of replicas before, so that any later run can restore it. */
export const REPLICAS_ANNOTATION = "sitewright/replicas-before-restore";

/** Reads `deployment/a,statefulset/b`. */
export function scaleTargets(namespace: string, annotation: string | undefined): ScaleTarget[] {
  return (annotation ?? "")
    .split(",")
    .filter((word) => word !== "")
    .map((word) => {
      const [kind, name] = word.split("/");
      return { kind, namespace, name };
    });
}

/**
 * Scales a workload to 0 and waits until its last pod has ended.
 * @throws OperatorError when it is not there or a pod does not end.
 */
export async function scaleDown(
  api: WorkloadApi,
  target: ScaleTarget,
  interval = 1000,
): Promise<void> {
  const { kind, name, namespace } = target;
  const found = await mustFind(api, target);
  const before = found.metadata.annotations?.[REPLICAS_ANNOTATION] ?? `${found.spec.replicas ?? 1}`;
  // Number and annotation change in one step, so that no moment has only one of them.
  const patch = {
    metadata: { annotations: { [REPLICAS_ANNOTATION]: before } },
    spec: { replicas: 0 },
  };
  await api.patch(kind, target, patch, MANAGER);
  const selector = Object.entries(found.spec.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const grace = found.spec.template.spec.terminationGracePeriodSeconds ?? 30;
  const haveEnded = await waitFor(
    async () => (await api.list("pods", { namespace, selector })).length === 0,
    { deadline: (grace + 60) * 1000, interval },
  );
  if (!haveEnded) {
    throw new OperatorError({
      what: `The pods of ${kind} ${name} do not end.`,
      where: `namespace ${namespace}`,
      next: `kubectl --namespace ${namespace} get pods --selector ${selector}`,
    });
  }
}

/** Gives a workload that was scaled down its replicas back. Does nothing when it was not scaled down. */
export async function restoreScale(api: WorkloadApi, target: ScaleTarget): Promise<void> {
  const { kind } = target;
  const found = await mustFind(api, target);
  const before = found.metadata.annotations?.[REPLICAS_ANNOTATION];
  if (before === undefined) {
    return;
  }
  const patch = {
    metadata: { annotations: { [REPLICAS_ANNOTATION]: null } },
    spec: { replicas: Number(before) },
  };
  await api.patch(kind, target, patch, MANAGER);
  await dropManagedFields(api, target);
}

/**
 * Waits until all pods of a workload are ready.
 * @throws OperatorError when that takes longer than it may take to start.
 */
export async function waitUntilReady(
  api: WorkloadApi,
  target: ScaleTarget,
  interval = 1000,
): Promise<void> {
  const { kind, name, namespace } = target;
  const { progressDeadlineSeconds } = (await mustFind(api, target)).spec;
  const allReady = async (): Promise<boolean> => {
    const { spec, status } = await mustFind(api, target);
    return (status?.readyReplicas ?? 0) >= (spec.replicas ?? 1);
  };
  const deadline = Math.max(progressDeadlineSeconds ?? 0, 900) * 1000;
  if (!(await waitFor(allReady, { deadline, interval }))) {
    throw new OperatorError({
      what: `The data is restored, but ${kind} ${name} does not become ready.`,
      where: `namespace ${namespace}`,
      next: `kubectl --namespace ${namespace} describe ${kind} ${name}; its pods' logs say why`,
    });
  }
}

/**
 * Restores what a killed restore has left scaled down or suspended. Also takes nodes that a killed destroy has put out of service
 * back into service, where they are ready, and uncordons nodes that a killed leave or restart has cordoned.
 */
export async function undoInterruptedScaling(
  api: WorkloadApi & Pick<Kubectl, "taint">,
): Promise<void> {
  // One request for everything, since every `make up` makes it.
  const all = await api.list("deployments,statefulsets,cronjobs,nodes", {});
  for (const { metadata } of all.filter((one) => one.kind === "Node" && isBackInService(one))) {
    console.log(`Node ${metadata.name} was left out by a destroy, and is ready: it is used again.`);
    await backInService(api, metadata.name);
  }
  for (const node of all.filter(({ kind }) => kind === "Node")) {
    const { name } = node.metadata;
    const by = leftCordonedBy(node);
    if (by !== undefined) {
      console.log(`Node ${name} was cordoned by a ${by} that did not end: it is used again.`);
      await uncordon(api, name, by);
    }
  }
  const stopped = all.filter(
    ({ metadata: { annotations } }) =>
      annotations?.[REPLICAS_ANNOTATION] !== undefined ||
      annotations?.[SUSPEND_ANNOTATION] !== undefined,
  );
  for (const { kind, metadata } of stopped) {
    const { name, namespace = "" } = metadata;
    const restores = await api.list<Job>("jobs", { namespace, selector: RESTORE_LABEL });
    if (restores.some((job) => outcome(job) === undefined)) {
      console.log(`${kind} ${name} stays stopped: a restore is at work in namespace ${namespace}.`);
      continue;
    }
    console.log(`${kind} ${name} was stopped by a restore that did not end; it is started again.`);
    if (kind === "CronJob") {
      await resume(api, { namespace, name });
    } else {
      await restoreScale(api, { kind, namespace, name });
    }
  }
}

async function mustFind(
  api: WorkloadApi,
  { kind, name, namespace }: ScaleTarget,
): Promise<Workload> {
  const found = await api.find<Workload>(kind, { namespace, name });
  if (found === undefined) {
    throw new OperatorError({
      what: `There is no ${kind} ${name}, which a restore has to stop and start.`,
      where: `namespace ${namespace}`,
      next: "bring the applications up first: make up",
    });
  }
  return found;
}
