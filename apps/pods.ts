import type { types } from "@pulumi/kubernetes";
import semver from "semver";

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

/**
 * Seconds between the order to stop a container and its delivery. Meanwhile Traefik, which takes changes every two seconds, sends it
 * no more requests. A busy node was seen to need more than 5 s.
 */
const OUT_OF_SERVICE = 10;

/**
 * For a program that ends at once when it is told to: a pod that is drained or replaced goes on answering until no request is
 * sent to it. Its image needs no shell for that. Kubernetes knows this since 1.30; before, a request may be lost.
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export function answersUntilOutOfService(
  kubernetes: Pick<Environment["kubernetes"], "version">,
): Pick<types.input.core.v1.Container, "lifecycle"> {
  return semver.gte(kubernetes.version, "1.30.0")
    ? { lifecycle: { preStop: { sleep: { seconds: OUT_OF_SERVICE } } } }
    : {};
}
