import { entryAddress, loadBalancerMachines } from "./loadBalancers";
import type { Environment, MachineSpec } from "./schema";

/**
 * The shape of what infra exports (`Infra` in contracts.ts): what the environment says itself, and for each machine what
 * only `made` knows.
 */
export function infraOutput<Made>(
  {
    kubernetes,
    loadBalancer,
    ssh,
    nodes,
  }: Pick<Environment, "kubernetes" | "loadBalancer" | "ssh" | "nodes">,
  made: (machine: MachineSpec) => Made,
) {
  return {
    api: {
      name: kubernetes.apiName,
      address: entryAddress(loadBalancer),
      port: kubernetes.apiPort,
    },
    loadBalancers: loadBalancerMachines(loadBalancer).map(made),
    sshUser: ssh.user,
    nodes: nodes.map((node) => ({ ...made(node), role: node.role })),
  };
}
