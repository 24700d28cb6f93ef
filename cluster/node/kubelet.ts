import type { Environment, NodeSpec, Taint } from "../../environment/schema";

/** The kubelet's cgroup driver; systemd is kubeadm's default since 1.22. */
export function cgroupDriver({ kubelet }: Environment["kubernetes"]): string {
  return typeof kubelet.cgroupDriver === "string" ? kubelet.cgroupDriver : "systemd";
}

/** Whether the kubelet refuses to run with swap; true is its default. */
export function failsOnSwap({ kubelet }: Environment["kubernetes"]): boolean {
  return kubelet.failSwapOn !== false;
}

/** Labels of a node from its zone and its own; its own win. */
export function nodeLabels({ zones }: Environment, node: NodeSpec): Record<string, string> {
  return sorted({ ...zones[node.zone].labels, ...node.labels });
}

/** Taints a worker has from its zone. Control planes have kubeadm's own taint and no other. */
export function workerTaints({ zones }: Environment, node: NodeSpec): Taint[] {
  return node.role === "worker" ? zones[node.zone].taints : [];
}

/**
 * Labels the kubelet may give its own node when it registers. The admission plugin NodeRestriction refuses labels of
 * kubernetes.io and k8s.io beyond a short list, so labelsAndTaints.ts sets those later.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
export function registrationLabels(
  environment: Environment,
  node: NodeSpec,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(nodeLabels(environment, node)).filter(
      ([key]) => !/(^|\.)(kubernetes|k8s)\.io\//.test(key),
    ),
  );
}

/** Labels sorted by key, so that their text does not depend on the order in a file. */
function sorted(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
