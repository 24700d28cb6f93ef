import type { Fault } from "../faults";
import type { Environment, NodeSpec } from "../schema";

type Sections = Pick<Environment, "apps" | "nodes" | "loadBalancer" | "zones" | "namespaces">;

/** Applications that the ingress reaches at the pods' own addresses, so they must be in its zone. */
const AT_HOME = ["ingress", "whoami", "consul", "confluence", "dashboard"] as const;

/** Node ports given to two Services. */
export function nodePortFaults({ apps: { ingress, outpost } }: Pick<Environment, "apps">): Fault[] {
  const ports: [path: string, port: number][] = [
    ["apps.ingress.httpNodePort", ingress.httpNodePort],
    ["apps.ingress.httpsNodePort", ingress.httpsNodePort],
    ...(outpost === undefined
      ? []
      : [["apps.outpost.nodePort", outpost.nodePort] satisfies [string, number]]),
  ];
  return ports.flatMap(([path, port], index) => {
    const earlier = ports.slice(0, index).find(([, other]) => other === port);
    return earlier === undefined
      ? []
      : [
          {
            path,
            value: port,
            reason: `is the same as ${earlier[0]}`,
            allowed: "another node port from 30000 to 32767",
          },
        ];
  });
}

/** Applications outside the namespaces of their zone, and namespaces of the dashboard that do not exist. */
export function placeFaults(sections: Sections): Fault[] {
  const { apps, loadBalancer, zones, namespaces } = sections;
  const names = namespaces.map(({ name }) => name);
  const homes = namespaces.filter(({ zone }) => zone === loadBalancer.zone).map(({ name }) => name);
  return [
    // A load balancer without a zone is another check's fault; do not report it twice.
    ...(Object.hasOwn(zones, loadBalancer.zone) ? AT_HOME : [])
      .filter((app) => !homes.includes(apps[app].namespace))
      .map((app) => ({
        path: `apps.${app}.namespace`,
        value: apps[app].namespace,
        reason: `is no namespace of the load balancer's zone ${loadBalancer.zone}`,
        allowed: homes.join(", ") || "first a namespace of that zone in namespaces",
      })),
    ...(Object.hasOwn(zones, loadBalancer.zone) ? outpostFaults(sections) : []),
    ...(apps.dashboard.namespaces ?? []).flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            {
              path: `apps.dashboard.namespaces[${index}]`,
              value: name,
              reason: "is no namespace of this environment",
              allowed: names.join(", "),
            },
          ],
    ),
  ];
}

function outpostFaults({ apps, loadBalancer, nodes, zones, namespaces }: Sections): Fault[] {
  if (apps.outpost === undefined) {
    return [];
  }
  const { namespace: value } = apps.outpost;
  const zone = namespaces.find(({ name }) => name === value)?.zone;
  const reason =
    zone === undefined
      ? "is no namespace of this environment"
      : zone === loadBalancer.zone
        ? `lies in the load balancer's own zone ${zone}, where apps.whoami is`
        : // No worker at all, or no such zone, is another check's fault.
          workersIn(nodes, zone) === 0 && Object.hasOwn(zones, zone) && nodes.some(isWorker)
          ? `lies in zone ${zone}, which has no worker`
          : undefined;
  const others = namespaces
    .filter((one) => one.zone !== loadBalancer.zone && workersIn(nodes, one.zone) > 0)
    .map(({ name }) => name);
  return reason === undefined
    ? []
    : [
        {
          path: "apps.outpost.namespace",
          value,
          reason,
          allowed: others.join(", ") || "no outpost: no other zone has a namespace and a worker",
        },
      ];
}

/**
 * More pods than workers of their zone. Two on one node are lost with it together, and while that node is drained the second
 * waits for the first to find another.
 */
export function replicaFaults({
  apps: { ingress, whoami, consul, outpost },
  nodes,
  loadBalancer,
  zones,
  namespaces,
}: Sections): Fault[] {
  // No worker at all, or a load balancer without a zone, is another check's fault; do not report it twice.
  if (!nodes.some(isWorker) || !Object.hasOwn(zones, loadBalancer.zone)) {
    return [];
  }
  const tooMany = (app: string, replicas: number, zone: string, name: string): Fault[] => {
    const workers = workersIn(nodes, zone);
    return replicas <= workers
      ? []
      : [
          {
            path: `apps.${app}.replicas`,
            value: replicas,
            reason: `is more than the ${workers} workers in ${name} ${zone}`,
            allowed: "at most one replica for each of these workers, and at least one such worker",
          },
        ];
  };
  const away = namespaces.find(({ name }) => name === outpost?.namespace)?.zone;
  return [
    ...Object.entries({ ingress, whoami, consul }).flatMap(([app, { replicas }]) =>
      tooMany(app, replicas, loadBalancer.zone, "the load balancer's zone"),
    ),
    // Without any worker there it is the namespace that is wrong.
    ...(outpost === undefined || away === undefined || workersIn(nodes, away) === 0
      ? []
      : tooMany("outpost", outpost.replicas, away, "its zone")),
  ];
}

function workersIn(nodes: Environment["nodes"], zone: string): number {
  return nodes.filter((node) => isWorker(node) && node.zone === zone).length;
}

function isWorker({ role }: NodeSpec): boolean {
  return role === "worker";
}
