import { runKubectl } from "../../kubernetes/kubectl";

/** How a node stands, as the API server knows it. */
export interface Readiness {
  /** `Ready`, or the reason its Ready condition gives. */
  ready: string;
  /** The kubelet's version, with its leading v. */
  version: string;
}

interface NodeList {
  items: {
    metadata: { name: string };
    status: {
      conditions?: { type: string; status: string; reason: string }[];
      nodeInfo: { kubeletVersion: string };
    };
  }[];
}

/**
 * Asks the API server for its nodes, for 10 s at most.
 * @throws Error with kubectl's last line when it does not answer.
 */
export async function nodeReadiness(kubeconfig: string): Promise<Map<string, Readiness>> {
  const result = await runKubectl(kubeconfig, ["get", "nodes", "--output=json"], {
    timeoutSeconds: 10,
  });
  if (result.failed) {
    throw new Error(result.stderr.split("\n").at(-1));
  }
  return new Map(
    (JSON.parse(result.stdout) as NodeList).items.map(({ metadata, status }) => {
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
