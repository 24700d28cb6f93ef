import { runKubectl } from "../../kubernetes/kubectl";
import type { LeavingNode } from "../leaving/ownNode";

/** How a node stands, as the API server knows it. */
export interface Readiness {
  /** `Ready`, or the reason its Ready condition gives. */
  ready: string;
  /** The kubelet's version, with its leading v. */
  version: string;
}

/** A Node, with what the table of machines shows of it. */
export interface StatusNode extends LeavingNode {
  status: Omit<NonNullable<LeavingNode["status"]>, "conditions"> & {
    conditions?: { type: string; status: string; reason: string }[];
    nodeInfo: { kubeletVersion: string };
  };
}

/**
 * Asks the API server for its nodes, for 10 s at most.
 * @throws Error with kubectl's last line when it does not answer.
 */
export async function readNodes(kubeconfig: string): Promise<StatusNode[]> {
  const result = await runKubectl(kubeconfig, ["get", "nodes", "--output=json"], {
    timeoutSeconds: 10,
  });
  if (result.failed) {
    throw new Error(result.stderr.split("\n").at(-1));
  }
  return (JSON.parse(result.stdout) as { items: StatusNode[] }).items;
}

/** How the nodes stand, by name. */
export function readinessOf(nodes: readonly StatusNode[]): Map<string, Readiness> {
  return new Map(
    nodes.map(({ metadata, status }) => {
      const condition = status.conditions?.find(({ type }) => type === "Ready");
      return [
        metadata.name,
        {
          ready: condition?.status === "True" ? "Ready" : (condition?.reason ?? "unknown"),
          version: status.nodeInfo.kubeletVersion,
        },
      ];
    }),
  );
}
