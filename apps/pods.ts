import type { types } from "@pulumi/kubernetes";

import type { Environment } from "../environment/schema";

/**
 * Where the pods of a namespace run: on workers with all labels of the namespace's zone, tainted or not, and each on another
 * one as long as there are others. Pods of an older revision do not count, so that a rolling update finds room; a StatefulSet,
 * whose pods lack that label, counts all of its pods.
 */
export function placement(
  { zones, namespaces }: Pick<Environment, "zones" | "namespaces">,
  namespace: string,
  labels: Record<string, string>,
): Pick<types.input.core.v1.PodSpec, "nodeSelector" | "tolerations" | "topologySpreadConstraints"> {
  const home = namespaces.find(({ name }) => name === namespace);
  const zone = home && zones[home.zone];
  if (zone === undefined) {
    // The checks of an environment refuse an application in such a namespace.
    throw new Error(`The namespace ${namespace} is none of the environment's, or its zone is not.`);
  }
  return {
    nodeSelector: { ...zone.labels, "node-role.kubernetes.io/worker": "" },
    ...(zone.taints.length === 0
      ? {}
      : {
          tolerations: zone.taints.map(({ key, value, effect }) => ({
            key,
            operator: "Equal",
            value,
            effect,
          })),
        }),
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
