import type { Environment } from "../environment/schema";
import { apiEndpoint } from "./kubeadmConfig";

/** Settings that are written into every certificate, node and Service of a cluster. */
export function unchangeableFacts(environment: Environment): Record<string, string> {
  const { kubernetes } = environment;
  return {
    clusterName: kubernetes.clusterName,
    controlPlaneEndpoint: apiEndpoint(environment),
    podSubnet: kubernetes.podSubnet,
    serviceSubnet: kubernetes.serviceSubnet,
    // A node that joined without one is never given its providerID later.
    ...(kubernetes.cloudProvider === undefined ? {} : { cloudProvider: "external" }),
  };
}
