import type { Infra } from "../../../environment/contracts";
import type { Environment } from "../../../environment/schema";
import { vmIdOf } from "../vmId";

/** What infra exports for an environment. */
export function infraOf(environment: Environment): Infra {
  const { kubernetes, loadBalancer, nodes, ssh } = environment;
  return {
    api: { name: kubernetes.apiName, address: loadBalancer.address, port: kubernetes.apiPort },
    loadBalancer: { name: loadBalancer.name, address: loadBalancer.address },
    sshUser: ssh.user,
    nodes: nodes.map(({ name, role, zone, address }) => ({
      name,
      role,
      zone,
      address,
      hostKey: `ssh-ed25519 ${name}`,
      vmId: vmIdOf(name),
    })),
  };
}
