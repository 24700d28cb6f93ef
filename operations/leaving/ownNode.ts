import type { KubernetesObject } from "../../kubernetes/kubectl";
import { peerUrl } from "../../cluster/kubeadm/etcdctl";
import type { ListedMember } from "../../kubernetes/etcdMembers";
import { VM_ID_ANNOTATION } from "../../kubernetes/nodes";
import type { Node } from "../lost-nodes/lostNodes";

/** A machine that leaves the cluster. */
export interface LeavingMachine {
  /** Its host name, which is the name of its Node and of its etcd member. */
  name: string;
  /** UUID of the virtual machine. */
  vmId: string;
  role: "control-plane" | "worker";
  address: string;
}

/** A Node, with what cordoning changes. */
export interface LeavingNode extends Node {
  spec?: Node["spec"] & { unschedulable?: boolean };
}

/** Whose the Node of a machine's name is. */
export type Ownership =
  | { kind: "own"; node: LeavingNode }
  | { kind: "absent" }
  /** The Node belongs to another machine. The text is for a person. */
  | { kind: "foreign"; why: string };

const CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane";

/**
 * Finds the Node of a machine. The annotation with the machine's UUID decides. A Node without it is the machine's, unless its address is
 * another one: a join that was interrupted has not annotated it.
 */
export function ownershipOf(
  { name, vmId, address }: LeavingMachine,
  nodes: readonly LeavingNode[],
): Ownership {
  const node = nodes.find(({ metadata }) => metadata.name === name);
  if (node === undefined) {
    return { kind: "absent" };
  }
  const made = node.metadata.annotations?.[VM_ID_ANNOTATION];
  if (made !== undefined) {
    return made.toLowerCase() === vmId.toLowerCase()
      ? { kind: "own", node }
      : { kind: "foreign", why: `it was made for the machine ${made}, this one is ${vmId}` };
  }
  const its = addressOf(node);
  return its === undefined || its === address
    ? { kind: "own", node }
    : { kind: "foreign", why: `its address is ${its}, this machine's is ${address}` };
}

/**
 * Whether an etcd member is this machine's: by its peer URL, which a member has before it has started, or by its name if the Node is this
 * machine's. A member at the address of another Node is never this machine's.
 */
export function isOwnMember(
  machine: LeavingMachine,
  nodes: readonly LeavingNode[],
  { name, peerURLs }: ListedMember,
): boolean {
  const ownership = ownershipOf(machine, nodes);
  const own = ownership.kind === "own" ? ownership.node : undefined;
  const others = nodes.filter((node) => node !== own).map(addressOf);
  if (others.some((address) => address !== undefined && peerURLs.includes(peerUrl(address)))) {
    return false;
  }
  return (
    peerURLs.includes(peerUrl(machine.address)) || (own !== undefined && name === machine.name)
  );
}

/** The control planes of a cluster, other than this machine. */
export function otherControlPlanes(
  machine: LeavingMachine,
  nodes: readonly LeavingNode[],
): LeavingNode[] {
  const ownership = ownershipOf(machine, nodes);
  return nodes.filter(
    (node) => isControlPlane(node) && !(ownership.kind === "own" && ownership.node === node),
  );
}

/** Whether a Node has the label of a control plane. */
export function isControlPlane({ metadata }: LeavingNode): boolean {
  return CONTROL_PLANE_LABEL in (metadata.labels ?? {});
}

/** A pod of the control plane: where it runs, and how it is. */
export interface ControlPlanePod extends KubernetesObject {
  spec: { nodeName?: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Whether a Node or a pod is ready: of a Node, the API server has news of its kubelet then, and they are good. */
export function isReady({ status }: Pick<LeavingNode | ControlPlanePod, "status">): boolean {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

/** The address at which a Node's kubelet is registered. */
export function addressOf({ status }: LeavingNode): string | undefined {
  return status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
}
