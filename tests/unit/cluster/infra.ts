import type { Infra } from "../../../environment/contracts";
import { entryAddress, loadBalancerMachines } from "../../../environment/loadBalancers";
import type { Environment, MachineSpec } from "../../../environment/schema";
import { vmIdOf } from "../vmId";

/** What infra exports for an environment. */
export function infraOf(environment: Environment): Infra {
  const { kubernetes, loadBalancer, nodes, ssh } = environment;
  return {
    api: {
      name: kubernetes.apiName,
      address: entryAddress(loadBalancer),
      port: kubernetes.apiPort,
    },
    loadBalancers: loadBalancerMachines(loadBalancer).map(made),
    sshUser: ssh.user,
    nodes: nodes.map((node) => ({ ...made(node), role: node.role })),
    held: [],
  };
}

function made({ name, zone, address }: MachineSpec) {
  return { name, zone, address, hostKey: `ssh-ed25519 ${name}`, vmId: vmIdOf(name) };
}
