import type { Environment, NodeSpec } from "../../environment/schema";
import type { RemoteHost } from "../../ssh/rootStep";

/** A node of the environment and the machine that infra made for it. */
export interface Machine {
  node: NodeSpec;
  /** How to log in. */
  host: RemoteHost;
  /** UUID of the virtual machine. */
  vmId: string;
  /** Makes the machine join again when it changes; see joinTrigger.ts. Only the leader may have none. */
  joinTrigger?: string;
  /** It has joined in an earlier update, and nothing says that it has to join again. */
  isMember?: boolean;
  /** A member whose Node is ready, or a machine that this update makes one. Undefined counts as no. */
  isUp?: boolean;
  /** The cluster has no Node of this machine, although it had joined. */
  isLost?: boolean;
}

/** A machine of infra, listed or not, on which one can log in. */
export interface KnownMachine
  extends Pick<Machine, "host" | "vmId">, Pick<NodeSpec, "name" | "role"> {}

export const knownMachine = ({ node: { name, role }, vmId, host }: Machine): KnownMachine => ({
  name,
  role,
  vmId,
  host,
});

export const isControlPlane = ({ node }: Machine): boolean => node.role === "control-plane";

/** Triggers of a step that depends on the machine's Node. */
export const triggersOf = ({ vmId, joinTrigger }: Machine): string[] =>
  joinTrigger === undefined ? [vmId] : [vmId, joinTrigger];

/** Place of a control plane among those of the environment, from 0 on: what all do, each does at a time of its own. */
export function placeOf({ nodes }: Pick<Environment, "nodes">, { name }: NodeSpec): number {
  return nodes
    .filter(({ role }) => role === "control-plane")
    .findIndex((controlPlane) => controlPlane.name === name);
}
