import { createHash } from "node:crypto";

import type { types } from "@pulumi/kubernetes";

import type { Environment } from "../environment/schema";

/** What every pod of ours has, wherever it runs: no root, nothing writable, no privileges (level "restricted"). */
export const hardenedPod: types.input.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** As hardenedPod, for its containers. */
export const hardenedContainer: types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/**
 * Where pods of the load balancer's zone run: on workers with all labels of that zone, and each on another one as long as
 * there are others. Pods of an older revision do not count, so that a rolling update finds room.
 */
export function placement(
  { zones, loadBalancer }: Pick<Environment, "zones" | "loadBalancer">,
  labels: Record<string, string>,
): Pick<types.input.core.v1.PodSpec, "nodeSelector" | "topologySpreadConstraints"> {
  return {
    nodeSelector: { ...zones[loadBalancer.zone].labels, "node-role.kubernetes.io/worker": "" },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: labels },
        matchLabelKeys: ["pod-template-hash"],
      },
    ],
  };
}

/** Hash for the annotation by which a changed file restarts the pods that read it only once. */
export function sha256(...texts: string[]): string {
  const hash = createHash("sha256");
  texts.forEach((text) => hash.update(text));
  return hash.digest("hex");
}
