import { DeploymentPatch } from "@pulumi/kubernetes/apps/v1";
import * as pulumi from "@pulumi/pulumi";

/**
 * Pins CoreDNS to the control planes: nodes of another zone reach nothing else in the cluster's own zone, so they
 * could not reach a name server on a worker. Complete when CoreDNS answers.
 */
export function coreDns(name: string, opts: pulumi.CustomResourceOptions): DeploymentPatch {
  return new DeploymentPatch(
    name,
    {
      metadata: {
        name: "coredns",
        namespace: "kube-system",
        annotations: { "pulumi.com/patchForce": "true" },
      },
      spec: {
        template: { spec: { nodeSelector: { "node-role.kubernetes.io/control-plane": "" } } },
      },
    },
    opts,
  );
}
