import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import type { LostNode, Node } from "./lostNodes";
import { placeOf, type Pod } from "./volumes";

/**
 * The taint that makes Kubernetes delete a node's pods without its kubelet and detach their volumes without waiting for it.
 * The value marks the taint as ours: a taint with another value stays.
 * @see https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
 */
const KEY = "node.kubernetes.io/out-of-service";
const VALUE = "sitewright";
const TAINT = `${KEY}=${VALUE}:NoExecute`;

/** A pod: the fields that decide whether the taint evicts it. */
interface PlacedPod extends Pod {
  spec: Pod["spec"] & {
    nodeName?: string;
    tolerations?: { key?: string; operator?: string; effect?: string }[];
  };
}

interface Attachment extends KubernetesObject {
  spec: { nodeName: string };
}

/** How long is waited, in milliseconds. */
export interface ReleasePatience {
  /** Until Kubernetes has released the pods and disks of the nodes. The pod garbage collector runs every 20 s. */
  release: number;
  interval: number;
}

const PATIENCE: ReleasePatience = { release: 150_000, interval: 2_000 };

/** Whether a node has our taint. */
export function isOutOfService({ spec }: Node): boolean {
  return (spec?.taints ?? []).some(({ key, value }) => key === KEY && value === VALUE);
}

/** Whether a node has our taint and is ready again. */
export function isBackInService(node: Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
  return isOutOfService(node) && ready === "True";
}

/** Takes our taint from a node. */
export async function backInService(api: Pick<Kubectl, "taint">, node: string): Promise<void> {
  await api.taint(node, `${TAINT}-`);
}

/**
 * Does something while lost nodes are out of service. The taint is removed at the end, also after an error. If this process is
 * killed, the next destroy uses the taint, and `make up` removes it from a node that is ready again.
 */
export async function whileOutOfService(
  api: Pick<Kubectl, "taint" | "list">,
  lost: readonly LostNode[],
  work: () => Promise<void>,
  say: (line: string) => void = console.log,
): Promise<void> {
  try {
    for (const { name, address } of lost) {
      say(
        `Node ${name} is lost: neither its kubelet nor its machine (${address}) answers. It is left out.`,
      );
      await api.taint(name, TAINT);
    }
    await work();
  } finally {
    await takeTaintsAway(api, say);
  }
}

/** Removes our taint from all nodes, since a killed run may have left some. A failure here must not hide why the work failed. */
async function takeTaintsAway(
  api: Pick<Kubectl, "taint" | "list">,
  say: (line: string) => void,
): Promise<void> {
  try {
    const nodes = await api.list<Node>("nodes", {});
    for (const { metadata } of nodes.filter(isOutOfService)) {
      await backInService(api, metadata.name);
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    say(`Nodes that were left out may still have the taint ${TAINT}: ${error.fault.what}`);
  }
}

/** What the taint removes from lost nodes: pods, except those that tolerate everything, and attached disks. */
export function heldBy(
  lost: readonly LostNode[],
  pods: readonly PlacedPod[],
  attachments: readonly Attachment[],
): string[] {
  const names = new Set(lost.map(({ name }) => name));
  return [
    ...pods
      .filter(({ spec }) => names.has(spec.nodeName ?? ""))
      .filter((pod) => !staysWhateverComes(pod))
      .map((pod) => `pod ${placeOf(pod)} on ${pod.spec.nodeName}`),
    ...attachments
      .filter(({ spec }) => names.has(spec.nodeName))
      .map((one) => `disk ${one.metadata.name} at ${one.spec.nodeName}`),
  ];
}

/** Agents of every node, and static pods: they end with the cluster, and no step waits for their end. */
function staysWhateverComes({ metadata, spec }: PlacedPod): boolean {
  return (
    metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined ||
    (spec.tolerations ?? []).some(
      ({ key, operator, effect }) =>
        operator === "Exists" && !key && (!effect || effect === "NoExecute"),
    )
  );
}

/**
 * Waits until Kubernetes has let go of what lost nodes had, one line each.
 * @throws OperatorError with what is left at the deadline.
 */
export async function letGoOfPods(
  api: Pick<Kubectl, "list">,
  lost: readonly LostNode[],
  say: (line: string) => void = console.log,
  { release, interval }: ReleasePatience = PATIENCE,
): Promise<void> {
  const seen = new Set<string>();
  const stillHeld = async (): Promise<string[]> => {
    const [pods, attachments] = await Promise.all([
      api.list<PlacedPod>("pods", {}),
      api.list<Attachment>("volumeattachments", {}),
    ]);
    const held = heldBy(lost, pods, attachments);
    for (const one of held.filter((line) => !seen.has(line))) {
      seen.add(one);
      say(`Let go: ${one}`);
    }
    return held;
  };
  const left = await poll(stillHeld, (held) => held.length === 0, { deadline: release, interval });
  if (left.length > 0) {
    throw new OperatorError({
      what: `What lost nodes had is not let go after ${span(release)}; nothing was deleted.`,
      where: left.join("\n"),
      why: "kube-controller-manager deletes such pods and detaches such disks; it may not be well",
      next: "destroy again; or end them by hand: kubectl delete pod --force --grace-period=0 --namespace <namespace> <pod>",
    });
  }
}
