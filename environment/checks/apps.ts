import type { Application } from "../applications/application";
import { pathOf, workersOf } from "../applications/exposed";
import type { Fault } from "../faults";
import type { Environment } from "../schema";

type Sections = Pick<
  Environment,
  "applications" | "nodes" | "loadBalancer" | "zones" | "namespaces"
>;

/** Node ports given to two Services. */
export function nodePortFaults({ applications }: Pick<Environment, "applications">): Fault[] {
  const ports = applications.flatMap((application) =>
    (application.nodePorts ?? []).map(({ key, port }) => ({
      path: pathOf(application, key),
      port,
    })),
  );
  return ports.flatMap(({ path, port }, index) => {
    const earlier = ports.slice(0, index).find((other) => other.port === port);
    return earlier === undefined
      ? []
      : [
          {
            path,
            value: port,
            reason: `is the same as ${earlier.path}`,
            allowed: "another node port from 30000 to 32767",
          },
        ];
  });
}

/** Applications outside the namespaces of their zone, and namespaces they need that do not exist. */
export function placeFaults(sections: Sections): Fault[] {
  const { applications, loadBalancer, zones } = sections;
  // A load balancer without a zone is another check's fault; do not report it twice.
  const placed = Object.hasOwn(zones, loadBalancer.zone) ? applications : [];
  return [
    ...placed.flatMap((application) =>
      application.zone === "entry"
        ? entryZoneFaults(application, sections)
        : otherZoneFaults(application, sections),
    ),
    ...applications.flatMap((application) => neededNamespaceFaults(application, sections)),
  ];
}

/** The ingress reaches these applications at the pods' own addresses, so they must be in its zone. */
function entryZoneFaults(
  application: Application,
  { loadBalancer, namespaces }: Sections,
): Fault[] {
  const homes = namespaces.filter(({ zone }) => zone === loadBalancer.zone).map(({ name }) => name);
  return homes.includes(application.namespace)
    ? []
    : [
        {
          path: pathOf(application, "namespace"),
          value: application.namespace,
          reason: `is no namespace of the load balancer's zone ${loadBalancer.zone}`,
          allowed: homes.join(", ") || "first a namespace of that zone in namespaces",
        },
      ];
}

function otherZoneFaults(application: Application, sections: Sections): Fault[] {
  const { loadBalancer, nodes, zones, namespaces } = sections;
  const { name, namespace: value } = application;
  const zone = namespaces.find((one) => one.name === value)?.zone;
  const reason =
    zone === undefined
      ? "is no namespace of this environment"
      : zone === loadBalancer.zone
        ? `lies in the load balancer's own zone ${zone}: ${name} is for another one`
        : // No worker at all, or no such zone, is another check's fault.
          workersOf(sections, zone).length === 0 && Object.hasOwn(zones, zone) && hasWorkers(nodes)
          ? `lies in zone ${zone}, which has no worker`
          : undefined;
  const others = namespaces
    .filter((one) => one.zone !== loadBalancer.zone && workersOf(sections, one.zone).length > 0)
    .map((one) => one.name);
  const elsewhere = others.join(", ") || `no ${name}: no other zone has a namespace and a worker`;
  return reason === undefined
    ? []
    : [
        {
          path: pathOf(application, "namespace"),
          value,
          reason,
          allowed: reason.endsWith("no worker")
            ? `a worker of zone ${zone}, whose last one stays as long as ${name} is there; or ${elsewhere}`
            : elsewhere,
        },
      ];
}

function neededNamespaceFaults(application: Application, { namespaces }: Sections): Fault[] {
  const { namespaces: needed } = application;
  const names = namespaces.map(({ name }) => name);
  return needed === undefined || needed === "all"
    ? []
    : needed.names.flatMap((name, index) =>
        names.includes(name)
          ? []
          : [
              {
                path: `${pathOf(application, needed.key)}[${index}]`,
                value: name,
                reason: "is no namespace of this environment",
                allowed: names.join(", "),
              },
            ],
      );
}

/**
 * More pods than workers of their zone. Two on one node are lost with it together, and while that node is drained the second
 * waits for the first to find another.
 */
export function replicaFaults(sections: Sections): Fault[] {
  const { applications, nodes, loadBalancer, zones, namespaces } = sections;
  // No worker at all, or a load balancer without a zone, is another check's fault; do not report it twice.
  if (!hasWorkers(nodes) || !Object.hasOwn(zones, loadBalancer.zone)) {
    return [];
  }
  return applications.flatMap((application) => {
    const { namespace, replicas = 0 } = application;
    const isAtEntry = application.zone === "entry";
    const zone = isAtEntry
      ? loadBalancer.zone
      : namespaces.find(({ name }) => name === namespace)?.zone;
    const workers = zone === undefined ? 0 : workersOf(sections, zone).length;
    // In another zone without any worker it is the namespace that is wrong.
    return replicas <= workers || (!isAtEntry && workers === 0)
      ? []
      : [
          {
            path: pathOf(application, "replicas"),
            value: replicas,
            reason: `is more than the ${workers} workers in ${isAtEntry ? "the load balancer's zone" : "its zone"} ${zone}`,
            allowed:
              "at most one replica for each of these workers, and at least one such worker: fewer replicas where the application can, or another worker " +
              "there. One that is to go needs another one listed in its place",
          },
        ];
  });
}

function hasWorkers(nodes: Environment["nodes"]): boolean {
  return nodes.some(({ role }) => role === "worker");
}
