import type { types } from "@pulumi/kubernetes";

import { sha256 } from "../kubernetes/sha256";

/** Namespace of the cluster's own agents. */
export const NAMESPACE = "kube-system";

/** Name and port of the API at the load balancer. */
export interface ApiEndpoint {
  apiName: string;
  apiPort: number;
}

/** A container whose variables are known to the program. */
export type AgentContainer = Omit<types.input.core.v1.Container, "env"> & {
  env?: types.input.core.v1.EnvVar[];
};

/** What differs between the agents of a pod network. */
export interface AgentPodArgs {
  serviceAccountName: string;
  labels: Record<string, string>;
  /** Text whose change restarts the agents, which read it only once. */
  configuration?: string;
  /** Where the agents find the API. */
  api: ApiEndpoint;
  containers: AgentContainer[];
  volumes: types.input.core.v1.Volume[];
}

/**
 * A DaemonSet on every node, the tainted and the not yet ready included, in the node's own network: a node becomes ready
 * only by it.
 */
export function agentPod(args: AgentPodArgs): types.input.apps.v1.DaemonSetSpec {
  return {
    selector: { matchLabels: args.labels },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    template: {
      metadata: {
        labels: args.labels,
        ...(args.configuration === undefined
          ? {}
          : { annotations: { "sitewright/configuration": sha256(args.configuration) } }),
      },
      spec: {
        serviceAccountName: args.serviceAccountName,
        hostNetwork: true,
        priorityClassName: "system-node-critical",
        tolerations: [{ operator: "Exists" }],
        nodeSelector: { "kubernetes.io/os": "linux" },
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: args.containers.map((container) => ({
          ...container,
          env: [...apiVariables(args.api), ...(container.env ?? [])],
        })),
        volumes: args.volumes,
      },
    },
  };
}

/**
 * The agents reach the API as the kubelet does, by the load balancer: the Service's address works only once kube-proxy is
 * up on the node, and an agent that fails until then is restarted after ever longer pauses.
 */
function apiVariables({ apiName, apiPort }: ApiEndpoint): types.input.core.v1.EnvVar[] {
  return [
    { name: "KUBERNETES_SERVICE_HOST", value: apiName },
    { name: "KUBERNETES_SERVICE_PORT", value: `${apiPort}` },
  ];
}

/** A file or folder of the node. */
export function hostPath(
  name: string,
  path: string,
  type: "DirectoryOrCreate" | "FileOrCreate",
): types.input.core.v1.Volume {
  return { name, hostPath: { path, type } };
}
