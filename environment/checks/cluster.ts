import type { Fault } from "../faults";
import { isSupportedKubernetes, SUPPORTED_KUBERNETES } from "../releases/supported";
import type { Environment } from "../schema";
import { duplicates } from "./duplicates";
import { nodesInPodSubnet } from "./networks";

/** A Kubernetes version the programs do not know, or a pod network without room for all nodes. */
export function kubernetesFaults({
  kubernetes,
  nodes,
}: Pick<Environment, "kubernetes" | "nodes">): Fault[] {
  const room = nodesInPodSubnet(kubernetes.podSubnet);
  return [
    ...(isSupportedKubernetes(kubernetes.version)
      ? []
      : [
          {
            path: "kubernetes.version",
            value: kubernetes.version,
            reason: "is not supported",
            allowed: SUPPORTED_KUBERNETES,
          },
        ]),
    ...(nodes.length > room
      ? [
          {
            path: "kubernetes.podSubnet",
            value: kubernetes.podSubnet,
            reason: `has room for ${room} nodes, a /24 each, and the site has ${nodes.length}`,
            allowed: "a shorter prefix, such as /16",
          },
        ]
      : []),
  ];
}

/** Namespaces of the same name, or of a zone that does not exist. */
export function namespaceFaults({
  namespaces,
  zones,
}: Pick<Environment, "namespaces" | "zones">): Fault[] {
  return [
    ...duplicates("namespaces", namespaces),
    ...namespaces.flatMap(({ zone }, index) =>
      Object.hasOwn(zones, zone)
        ? []
        : [
            {
              path: `namespaces[${index}].zone`,
              value: zone,
              reason: "is no zone of this environment",
              allowed: Object.keys(zones).join(", "),
            },
          ],
    ),
  ];
}
