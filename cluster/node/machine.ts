import type { NodeSpec } from "../../environment/schema";
import type { RemoteHost } from "../../ssh/rootStep";

/** A node of the environment and the machine that infra made for it. */
export interface Machine {
  node: NodeSpec;
  /** How to log in. */
  host: RemoteHost;
  /** UUID of the virtual machine. */
  vmId: string;
  /** Makes the machine join again when it changes; see joinTrigger.ts. Only the first control plane may have none. */
  joinTrigger?: string;
  /** The cluster has no Node of this machine, although it had joined. */
  isLost?: boolean;
}

export const isControlPlane = ({ node }: Machine): boolean => node.role === "control-plane";

/** Triggers of a step that depends on the machine's Node. */
export const triggersOf = ({ vmId, joinTrigger }: Machine): string[] =>
  joinTrigger === undefined ? [vmId] : [vmId, joinTrigger];
