import type { types } from "@pulumi/kubernetes";

import { sha256 } from "../../lib/digests/sha256";

/** Namespace of the cluster's own agents. */
export const NAMESPACE = "kube-system";

/** Name and port of the API at the load balancer. */
export interface ApiEndpoint {
  apiName: string;
  apiPort: number;
}

/** A container whose environment variables the program knows. */
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
  /** Containers that must finish before the others start. @default [] */
  initContainers?: AgentContainer[];
  containers: AgentContainer[];
  /** The container that `kubectl logs` and `kubectl exec` mean. Default: the first one. */
  mainContainer?: string;
  volumes: types.input.core.v1.Volume[];
}

/** Annotation with the hash of a pod's configuration: another hash restarts the pod. */
export const CONFIGURATION_ANNOTATION = "sitewright/configuration";

/**
 * A DaemonSet on every node, the tainted and the not yet ready included, in the node's own network. Without it
 * no node becomes ready.
 */
export function agentPod(args: AgentPodArgs): types.input.apps.v1.DaemonSetSpec {
  const annotations = {
    ...(args.configuration === undefined
      ? {}
      : { [CONFIGURATION_ANNOTATION]: sha256(args.configuration) }),
    ...(args.mainContainer === undefined
      ? {}
      : { "kubectl.kubernetes.io/default-container": args.mainContainer }),
  };
  const withApi = (container: AgentContainer) => ({
    ...container,
    env: [...apiVariables(args.api), ...(container.env ?? [])],
  });
  return {
    selector: { matchLabels: args.labels },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    template: {
      metadata: {
        labels: args.labels,
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      },
      spec: {
        serviceAccountName: args.serviceAccountName,
        hostNetwork: true,
        priorityClassName: "system-node-critical",
        tolerations: [{ operator: "Exists" }],
        nodeSelector: { "kubernetes.io/os": "linux" },
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        ...(args.initContainers === undefined
          ? {}
          : { initContainers: args.initContainers.map(withApi) }),
        containers: args.containers.map(withApi),
        volumes: args.volumes,
      },
    },
  };
}

/**
 * The agents reach the API at the load balancer, as the kubelet does. The Service's address works only once kube-proxy is up on the
 * node, and an agent that fails until then is restarted after ever longer pauses.
 */
export function apiVariables({ apiName, apiPort }: ApiEndpoint): types.input.core.v1.EnvVar[] {
  return [
    { name: "KUBERNETES_SERVICE_HOST", value: apiName },
    { name: "KUBERNETES_SERVICE_PORT", value: `${apiPort}` },
  ];
}

/** A file or folder of the node. */
export function hostPath(
  name: string,
  path: string,
  type: "Directory" | "DirectoryOrCreate" | "FileOrCreate",
): types.input.core.v1.Volume {
  return { name, hostPath: { path, type } };
}
