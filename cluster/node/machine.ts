import type { NodeSpec } from "../../environment/schema";
import type { RemoteHost } from "../../ssh/rootStep";

/** A node of the environment and the machine that infra made for it. */
export interface Machine {
  node: NodeSpec;
  /** How to log in. */
  host: RemoteHost;
  /** UUID of the virtual machine. */
  vmId: string;
  /** When it was last given a token, or its Node made anew; see joinTrigger.ts. Only a first control plane may have none. */
  occasion?: string;
  /** The cluster has no Node of it, although it had joined. */
  isLost?: boolean;
}

export const isControlPlane = ({ node }: Machine): boolean => node.role === "control-plane";

/** What has a step run again that depends on the machine's Node. */
export const triggersOf = ({ vmId, occasion }: Machine): string[] =>
  occasion === undefined ? [vmId] : [vmId, occasion];
