import type { Fault } from "../faults";
import type { Environment } from "../schema";
import { isSupportedKubernetes, SUPPORTED_KUBERNETES } from "../versions";
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

/** Storage classes of the same name, and not exactly one default. */
export function storageFaults({ storageClasses }: Pick<Environment, "storageClasses">): Fault[] {
  const defaults = storageClasses.filter((one) => one.default).map(({ name }) => name);
  return [
    ...duplicates("storageClasses", storageClasses),
    ...(defaults.length === 1
      ? []
      : [
          {
            path: "storageClasses",
            value: defaults,
            reason: `has ${defaults.length === 0 ? "no default class" : `${defaults.length} default classes`}`,
            allowed: "exactly one class with default: true",
          },
        ]),
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
      zone in zones
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

/**
 * Node ports given twice, more ingress pods than workers that could each hold one, and applications outside the
 * namespaces of the zone they run in.
 */
export function appFaults({
  apps: { ingress, whoami },
  nodes,
  loadBalancer,
  zones,
  namespaces,
}: Pick<Environment, "apps" | "nodes" | "loadBalancer" | "zones" | "namespaces">): Fault[] {
  const allWorkers = nodes.filter(({ role }) => role === "worker");
  const workers = allWorkers.filter(({ zone }) => zone === loadBalancer.zone).length;
  // No worker at all, or a load balancer nowhere, is a fault of its own and not to be said twice.
  const countable = allWorkers.length > 0 && loadBalancer.zone in zones;
  const homes = namespaces.filter(({ zone }) => zone === loadBalancer.zone).map(({ name }) => name);
  return [
    ...(ingress.httpNodePort === ingress.httpsNodePort
      ? [
          {
            path: "apps.ingress.httpsNodePort",
            value: ingress.httpsNodePort,
            reason: "is the same as apps.ingress.httpNodePort",
            allowed: "another node port from 30000 to 32767",
          },
        ]
      : []),
    ...(countable && ingress.replicas > workers
      ? [
          {
            path: "apps.ingress.replicas",
            value: ingress.replicas,
            reason: `is more than the ${workers} workers in the load balancer's zone ${loadBalancer.zone}`,
            allowed: "at most one replica for each of these workers, and at least one such worker",
          },
        ]
      : []),
    ...Object.entries({ ingress, whoami }).flatMap(([app, { namespace }]) =>
      homes.includes(namespace) || !(loadBalancer.zone in zones)
        ? []
        : [
            {
              path: `apps.${app}.namespace`,
              value: namespace,
              reason: `is no namespace of the load balancer's zone ${loadBalancer.zone}`,
              allowed: homes.join(", ") || "first a namespace of that zone in namespaces",
            },
          ],
    ),
  ];
}

function duplicates(path: string, items: readonly { name: string }[]): Fault[] {
  return items.flatMap(({ name }, index) => {
    const first = items.findIndex((item) => item.name === name);
    return first === index
      ? []
      : [
          {
            path: `${path}[${index}].name`,
            value: name,
            reason: `is the same as ${path}[${first}].name`,
            allowed: "a name that is not used twice",
          },
        ];
  });
}
