import { entryAddress, loadBalancerMachines } from "../environment/loadBalancers";
import type { Environment } from "../environment/schema";
import { labNetworks, registryName, type LabNetwork } from "./layout";

/** Seconds a client may keep an answer: short, because a lab is torn down and built up again. */
const TTL = 5;

/**
 * Renders the configuration of the lab's resolver, a CoreDNS: one server per network, so that the registry's name leads to
 * its address in the asker's own network. The answers are machines, the API's name, and every name below the ingress domain.
 * Anything else does not exist (the plugin hosts says so): there is no way out of the lab, and "no such name" is a faster answer
 * than none.
 */
export function renderCorefile(environment: Environment): string {
  return labNetworks(environment)
    .map((network) => renderServer(environment, network))
    .join("\n");
}

function renderServer(environment: Environment, network: LabNetwork): string {
  const { domain, kubernetes, loadBalancer, nodes, apps } = environment;
  const hosts = [
    [entryAddress(loadBalancer), kubernetes.apiName],
    [network.registry, registryName(environment)],
    ...[...loadBalancerMachines(loadBalancer), ...nodes].map(({ name, address }) => [
      address,
      `${name}.${domain}`,
    ]),
  ];
  const ingress = apps.ingress.domain;
  return `# ${network.zone}
.:53 {
  bind ${network.resolver}
  errors
  hosts {
${hosts.map(([address, name]) => `    ${address} ${name}`).join("\n")}
    ttl ${TTL}
  }
  template IN A ${ingress} {
    answer "{{ .Name }} ${TTL} IN A ${entryAddress(loadBalancer)}"
  }
  template ANY ANY ${ingress} {
    rcode NOERROR
  }
}
`;
}
