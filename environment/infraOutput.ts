import { entryAddress, loadBalancerMachines } from "./loadBalancers";
import type { Environment, MachineSpec } from "./schema";

/**
 * The shape of what infra exports (`Infra` in contracts.ts): what the environment says itself, and for each machine what
 * only `made` knows.
 *
 * @param held - Machines of nodes that are kept for the cluster's sake and are not as the environment lists them. @default none
 */
export function infraOutput<Made, Held extends { name: string } = never>(
  {
    kubernetes,
    loadBalancer,
    ssh,
    nodes,
  }: Pick<Environment, "kubernetes" | "loadBalancer" | "ssh" | "nodes">,
  made: (machine: MachineSpec) => Made,
  held: readonly Held[] = [],
) {
  return {
    api: {
      name: kubernetes.apiName,
      address: entryAddress(loadBalancer),
      port: kubernetes.apiPort,
    },
    loadBalancers: loadBalancerMachines(loadBalancer).map(made),
    sshUser: ssh.user,
    nodes: nodes
      .filter(({ name }) => !held.some((one) => one.name === name))
      .map((node) => ({ ...made(node), role: node.role })),
    held: [...held],
  };
}
