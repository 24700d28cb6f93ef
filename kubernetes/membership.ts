import { poll } from "../lib/poll";
import { type Answer, ApiReader } from "./apiReader";
import { type EtcdMember, listEtcdMembers } from "./etcdMembers";
import { type ClusterNode, listNodes } from "./nodes";

/** A machine that may be part of a cluster. */
export interface Machine {
  /** Its host name, which is the name of its Node and of its etcd member. */
  name: string;
  /** UUID of the virtual machine. Undefined if it was not recorded. */
  vmId?: string;
  address?: string;
  /** Undefined if it was not recorded. */
  role?: "control-plane" | "worker";
}

/** What a machine is to a running cluster. */
export type Membership =
  | { kind: "member"; node: boolean; etcd: boolean }
  /** The cluster says that the machine is no part of it. */
  | { kind: "none" }
  /** For a person; without secrets. */
  | { kind: "unreadable"; why: string };

/** How to ask a cluster. */
export interface MembershipSource {
  nodes: () => Promise<Answer<ClusterNode[]>>;
  etcd: () => Promise<Answer<EtcdMember[]>>;
}

/** Milliseconds until an API that does not answer is given up, and between two requests. */
const PATIENCE = { deadline: 15_000, pause: 1_000 };

/** Asks the API of a kubeconfig, and etcd through that API. */
export function membershipSource(kubeconfig: string, patience = PATIENCE): MembershipSource {
  const reader = new ApiReader(kubeconfig);
  return {
    nodes: () => patiently(() => listNodes(reader), patience),
    etcd: () => patiently(() => listEtcdMembers(kubeconfig, reader), patience),
  };
}

/**
 * What machines are to the running cluster, by name. It asks etcd only if a control plane, or a machine of unknown role, has no Node any
 * more: an etcd member that is left there counts for the quorum.
 */
export async function membershipsOf(
  machines: readonly Machine[],
  source: MembershipSource,
): Promise<Map<string, Membership>> {
  const nodes = await source.nodes();
  const asksEtcd =
    nodes.kind === "answered" && machines.some((machine) => mayBeEtcdMember(machine, nodes.value));
  const members = asksEtcd ? await source.etcd() : undefined;
  return new Map(machines.map((machine) => [machine.name, judge(machine, nodes, members)]));
}

function judge(
  machine: Machine,
  nodes: Answer<ClusterNode[]>,
  members: Answer<EtcdMember[]> | undefined,
): Membership {
  if (nodes.kind !== "answered") {
    return unreadable(nodes);
  }
  const own = nodes.value.find((node) => isNodeOf(machine, node));
  if (own !== undefined) {
    return { kind: "member", node: true, etcd: own.isControlPlane };
  }
  if (!mayBeEtcdMember(machine, nodes.value)) {
    return { kind: "none" };
  }
  if (members?.kind !== "answered") {
    return unreadable(members ?? { kind: "absent" });
  }
  return members.value.some((member) => isMemberOf(machine, member))
    ? { kind: "member", node: false, etcd: true }
    : { kind: "none" };
}

/** Whether a Node belongs to this machine: by its annotation, or by its name if it has none. */
export function isNodeOf({ name, vmId }: Machine, node: ClusterNode): boolean {
  return (
    node.name === name &&
    (node.vmId === undefined ||
      vmId === undefined ||
      node.vmId.toLowerCase() === vmId.toLowerCase())
  );
}

/** kubeadm names a member after its node. A member that has not started has only its address. */
function isMemberOf({ name, address }: Machine, member: EtcdMember): boolean {
  return (
    member.name === name ||
    (address !== undefined && member.peerURLs.some((url) => url.includes(`//${address}:`)))
  );
}

const mayHaveEtcd = ({ role }: Machine): boolean => role !== "worker";

/** If the Node of this name belongs to another machine, so does the etcd member. */
function mayBeEtcdMember(machine: Machine, nodes: readonly ClusterNode[]): boolean {
  return mayHaveEtcd(machine) && !nodes.some(({ name }) => name === machine.name);
}

function unreadable(answer: Exclude<Answer<unknown>, { kind: "answered" }>): Membership {
  return {
    kind: "unreadable",
    why: answer.kind === "unreadable" ? answer.why : "the API has no such list",
  };
}

function patiently<T>(
  ask: () => Promise<Answer<T>>,
  { deadline, pause }: typeof PATIENCE,
): Promise<Answer<T>> {
  return poll(ask, ({ kind }) => kind === "answered", { deadline, interval: pause });
}
