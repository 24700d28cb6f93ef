import type { Fault } from "../faults";
import { loadBalancerMachines } from "../loadBalancers";
import type { Environment, MachineSpec } from "../schema";

interface PlacedMachine {
  path: string;
  machine: MachineSpec;
}

/** kubeadm's preflight refuses a control plane with less (NumCPU, Mem). */
const CONTROL_PLANE_CPUS = 2;
const CONTROL_PLANE_MEMORY_MIB = 1700;

/** Every machine of the site with its place in the file, load balancers first. */
export function machinesOf({
  loadBalancer,
  nodes,
}: Pick<Environment, "loadBalancer" | "nodes">): PlacedMachine[] {
  return [
    ...loadBalancerMachines(loadBalancer).map((machine, index) => ({
      path: index === 0 ? "loadBalancer" : "loadBalancer.pair",
      machine,
    })),
    ...nodes.map((machine, index) => ({ path: `nodes[${index}]`, machine })),
  ];
}

/** Machines in a zone that does not exist. The second load balancer of a pair has no zone of its own. */
export function zoneReferenceFaults({
  zones,
  loadBalancer,
  nodes,
}: Pick<Environment, "zones" | "loadBalancer" | "nodes">): Fault[] {
  return machinesOf({ loadBalancer, nodes })
    .filter(
      ({ path, machine }) => path !== "loadBalancer.pair" && !Object.hasOwn(zones, machine.zone),
    )
    .map(({ path, machine }) => ({
      path: `${path}.zone`,
      value: machine.zone,
      reason: "is no zone of this environment",
      allowed: Object.keys(zones).join(", "),
    }));
}

/** Names given twice, sizes that cannot work, and numbers of nodes that make no cluster. */
export function machineFaults(sections: Pick<Environment, "loadBalancer" | "nodes">): Fault[] {
  return [
    ...duplicateNames(sections),
    ...controlPlaneSizes(sections.nodes),
    ...numbersOfNodes(sections.nodes),
  ];
}

function duplicateNames(sections: Pick<Environment, "loadBalancer" | "nodes">): Fault[] {
  const seen = new Map<string, string>();
  return machinesOf(sections).flatMap(({ path, machine }) => {
    const earlier = seen.get(machine.name);
    seen.set(machine.name, `${path}.name`);
    return earlier === undefined
      ? []
      : [
          {
            path: `${path}.name`,
            value: machine.name,
            reason: `is the same as ${earlier}`,
            allowed: "a name no other machine of the site has",
          },
        ];
  });
}

function controlPlaneSizes(nodes: Environment["nodes"]): Fault[] {
  return nodes.flatMap((node, index) =>
    node.role !== "control-plane"
      ? []
      : [
          ...(node.cpus < CONTROL_PLANE_CPUS
            ? [tooSmall(`nodes[${index}].cpus`, node.cpus, `at least ${CONTROL_PLANE_CPUS}`)]
            : []),
          ...(node.memoryMiB < CONTROL_PLANE_MEMORY_MIB
            ? [
                tooSmall(
                  `nodes[${index}].memoryMiB`,
                  node.memoryMiB,
                  `at least ${CONTROL_PLANE_MEMORY_MIB} MiB`,
                ),
              ]
            : []),
        ],
  );
}

function tooSmall(path: string, value: number, allowed: string): Fault {
  return { path, value, reason: "is too little: kubeadm refuses such a control plane", allowed };
}

function numbersOfNodes(nodes: Environment["nodes"]): Fault[] {
  const controlPlanes = nodes.filter(({ role }) => role === "control-plane").length;
  const workers = nodes.length - controlPlanes;
  return [
    ...(controlPlanes % 2 === 0
      ? [
          {
            path: "nodes",
            value: `${controlPlanes} with role control-plane`,
            reason:
              controlPlanes === 0
                ? "has no control plane"
                : "has an even number of control planes: etcd survives no more losses than with one fewer",
            allowed:
              "an odd number of nodes with role control-plane: 1, 3, 5. List the number that is to stay: make up goes there one by one",
          },
        ]
      : []),
    ...(workers === 0
      ? [
          {
            path: "nodes",
            value: "0 with role worker",
            reason: "has no worker: applications have no place to run",
            allowed:
              "at least one node with role worker; the last one goes with the site: make down",
          },
        ]
      : []),
  ];
}
