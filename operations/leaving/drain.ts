import { setTimeout as delay } from "node:timers/promises";

import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { elapsed, span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { placeOf, type Pod } from "../lost-nodes/volumes";
import { isReady, type LeavingNode } from "./ownNode";
import { retried, sparingly, type Waits } from "./waits";

/** A pod: the fields that tell where it runs and whether a drain evicts it. */
export interface PlacedPod extends Pod {
  spec: Pod["spec"] & { nodeName?: string };
}

/** A PodDisruptionBudget: what it selects, and how many pods may go now. */
export interface Budget extends KubernetesObject {
  spec: { selector?: LabelSelector | null };
  status?: { disruptionsAllowed?: number };
}

interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** What takes a node out of service. */
export type Cordoner = "leave" | "restart";

/** Annotation of a Node that one of them has cordoned: only such a Node is uncordoned when it fails, or ends. */
const annotationOf = (by: Cordoner): string => `sitewright/cordoned-by-${by}`;

/** Field manager of what they change. */
const managerOf = (by: Cordoner): string => `sitewright-${by}`;

/** Seconds of one `kubectl drain`: between two of them it is looked at what is left. */
const TURN = 30;

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The pods that a drain of a node evicts: all but agents of every node, static pods and those that have ended. */
export function evictedPods(node: string, pods: readonly PlacedPod[]): PlacedPod[] {
  return pods.filter(
    (pod) =>
      pod.spec.nodeName === node &&
      pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined &&
      controllerOf(pod)?.kind !== "DaemonSet" &&
      !["Succeeded", "Failed"].includes(pod.status?.phase ?? ""),
  );
}

/** Why a node cannot be drained: nothing makes the pods again that no controller has made. */
export function barePodFaults(node: string, pods: readonly PlacedPod[]): string[] {
  return evictedPods(node, pods)
    .filter((pod) => controllerOf(pod) === undefined)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(
      (pod) =>
        `pod ${placeOf(pod)} runs there, and no controller would make it again elsewhere: ` +
        `kubectl --namespace ${pod.metadata.namespace} delete pod ${pod.metadata.name}, when it is no longer needed`,
    );
}

function controllerOf({ metadata }: KubernetesObject) {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** One line for each pod that is left on a node: what keeps it. */
export function keptPods(
  node: string,
  pods: readonly PlacedPod[],
  budgets: readonly Budget[],
): string[] {
  return evictedPods(node, pods).map((pod) => {
    const { namespace, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      return `pod ${placeOf(pod)}: is ending since ${deletionTimestamp}`;
    }
    const blocking = budgets.filter(
      (budget) =>
        budget.metadata.namespace === namespace &&
        selects(budget.spec.selector, pod.metadata.labels ?? {}) &&
        (budget.status?.disruptionsAllowed ?? 0) === 0,
    );
    return blocking.length === 0
      ? `pod ${placeOf(pod)}: no budget keeps it; it was evicted too late, or its eviction was refused`
      : `pod ${placeOf(pod)}: kept by the PodDisruptionBudget ${blocking.map(placeOf).join(", ")}, which allows no disruption now`;
  });
}

/** Whether a selector of policy/v1 selects a pod. An empty one selects all, none selects nothing. */
function selects(
  selector: LabelSelector | null | undefined,
  labels: Record<string, string>,
): boolean {
  if (selector === undefined || selector === null) {
    return false;
  }
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      switch (operator) {
        case "In":
          return key in labels && values.includes(labels[key]);
        case "NotIn":
          return !(key in labels && values.includes(labels[key]));
        case "Exists":
          return key in labels;
        default:
          return !(key in labels);
      }
    })
  );
}

/** Keeps new pods away from a node. A node that someone has cordoned before stays theirs. */
export async function cordon(
  api: Pick<Kubectl, "patch">,
  node: LeavingNode,
  by: Cordoner = "leave",
): Promise<void> {
  if (node.spec?.unschedulable === true) {
    return;
  }
  await api.patch(
    "node",
    { name: node.metadata.name },
    { metadata: { annotations: { [annotationOf(by)]: "true" } }, spec: { unschedulable: true } },
    managerOf(by),
  );
}

/** Whether a leave or a restart has cordoned a node, and neither it nor a person has undone that. */
export function isCordonedByUs(node: LeavingNode): boolean {
  return cordonerOf(node) !== undefined && node.spec?.unschedulable === true;
}

/** What has cordoned a node that is ready, and did not end: the node can be used again. */
export function leftCordonedBy(node: LeavingNode): Cordoner | undefined {
  return isReady(node) ? cordonerOf(node) : undefined;
}

/** What has cordoned a node. Undefined if nothing has, or someone else. */
export function cordonerOf({ metadata }: LeavingNode): Cordoner | undefined {
  return (["leave", "restart"] as const).find(
    (by) => metadata.annotations?.[annotationOf(by)] !== undefined,
  );
}

/** Lets pods on a node again. */
export async function uncordon(
  api: Pick<Kubectl, "patch">,
  name: string,
  by: Cordoner = "leave",
): Promise<void> {
  await api.patch(
    "node",
    { name },
    { metadata: { annotations: { [annotationOf(by)]: null } }, spec: { unschedulable: null } },
    managerOf(by),
  );
}

/** Lets pods on a node again after what has cordoned it has failed. A failure here must not hide that one. */
export async function backAsItWas(
  api: Pick<Kubectl, "find" | "patch">,
  name: string,
  say: (line: string) => void,
): Promise<void> {
  try {
    const node = await api.find<LeavingNode>("node", { name });
    const by = node === undefined ? undefined : leftCordonedBy(node);
    if (by !== undefined) {
      await uncordon(api, name, by);
      say("its node takes pods again");
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    say(`its node is still cordoned: kubectl uncordon ${name} (${error.fault.what})`);
  }
}

/** What is drained. */
export interface DrainArgs {
  node: string;
  /** Until it is given up. */
  seconds: number;
  /** Whether the node is lost; it is asked when the API server has no good news of its kubelet. */
  isLost: () => Promise<boolean>;
}

/**
 * Evicts a node's pods within their budgets. It ends early if the node is lost: its pods end without it.
 * @throws OperatorError at the deadline, naming each pod that is left and what keeps it.
 */
export async function drain(
  api: Pick<Kubectl, "drain" | "list" | "find">,
  { node, seconds, isLost }: DrainArgs,
  say: (line: string) => void,
  waits: Waits,
): Promise<void> {
  const started = Date.now();
  const end = started + seconds * 1000;
  const podsNow = () => retried(() => api.list<PlacedPod>("pods", {}), waits);
  const all = evictedPods(node, await podsNow()).length;
  say(`draining, pods to evict: ${all}, within ${span(seconds * 1000)}`);
  const sayNow = sparingly(say, waits.progress);
  for (;;) {
    const turn = Math.max(1, Math.min(TURN, Math.ceil((end - Date.now()) / 1000)));
    const refusal = await attempt(() => api.drain(node, turn));
    if (refusal === undefined) {
      say(`drained, ${elapsed(started)}`);
      return;
    }
    const pods = await podsNow();
    sayNow(
      `draining: ${all - evictedPods(node, pods).length} of ${all} evicted, ${elapsed(started)}`,
    );
    const now = await retried(() => api.find<LeavingNode>("node", { name: node }), waits);
    const isSilent = now !== undefined && !isReady(now);
    if (isSilent && (await isLost())) {
      return;
    }
    if (Date.now() >= end) {
      const budgets = await retried(() => api.list<Budget>("poddisruptionbudgets", {}), waits);
      throw new OperatorError({
        what: `${node} was not drained within ${span(seconds * 1000)}; its machine was left as it is.`,
        where: keptPods(node, pods, budgets).join("\n") || node,
        why: isSilent
          ? "its kubelet is not ready, and pods end only when it says so; its machine answers"
          : lastLines(refusal.fault.why ?? refusal.fault.what),
        next: isSilent
          ? `mend the kubelet (journalctl --unit kubelet on ${node}), or power the machine off for good, then type the same command again`
          : "make room for these pods, or mend those that their budgets count on (kubectl get pods,poddisruptionbudgets --all-namespaces),\n" +
            "then type the same command again",
      });
    }
    await delay(waits.interval);
  }
}

/** Why something was refused; undefined if it was not. */
async function attempt(work: () => Promise<void>): Promise<OperatorError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) {
      return error;
    }
    throw error;
  }
}

/** kubectl repeats itself every five seconds. */
function lastLines(text: string): string {
  return [...new Set(text.trim().split("\n"))].slice(-6).join("\n");
}
