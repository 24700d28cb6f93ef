import { entryOf } from "../../environment/applications/exposed";
import { entryAddress, loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { type LabNetwork, labNetworks, registryName } from "../layout";

/** Seconds a client may keep an answer: short, because a lab is torn down and built up again. */
const TTL = 5;

/** Path of ROOT_ZONE in the resolver's container. */
export const ROOT_ZONE_PATH = "/root.zone";

/** The zone of all names, with none in it. Clients keep its "no such name" for TTL seconds too. */
export const ROOT_ZONE = `. ${TTL} IN SOA resolver. nobody. 1 3600 600 86400 ${TTL}
. ${TTL} IN NS resolver.
`;

/**
 * Renders the configuration of the lab's resolver, a CoreDNS: one server per network, so that the registry's name leads to
 * its address in the asker's own network. The answers are machines, the API's name, and every name below the ingress domain.
 * Nothing else exists, and the answer is NXDOMAIN (ROOT_ZONE): the plugin hosts alone would answer SERVFAIL, at which some
 * resolvers (musl's) end their search instead of trying the next suffix.
 */
export function renderCorefile(environment: Environment): string {
  return labNetworks(environment)
    .map((network) => renderServer(environment, network))
    .join("\n");
}

function renderServer(environment: Environment, network: LabNetwork): string {
  const { domain, kubernetes, loadBalancer, nodes } = environment;
  const hosts = [
    [entryAddress(loadBalancer), kubernetes.apiName],
    [network.registry, registryName(environment)],
    ...[...loadBalancerMachines(loadBalancer), ...nodes].map(({ name, address }) => [
      address,
      `${name}.${domain}`,
    ]),
  ];
  const ingress = entryOf(environment)?.domain;
  return `# ${network.zone}
.:53 {
  bind ${network.resolver}
  errors
  hosts {
${hosts.map(([address, name]) => `    ${address} ${name}`).join("\n")}
    ttl ${TTL}
    fallthrough
  }
  file ${ROOT_ZONE_PATH} .
${ingress === undefined ? "" : renderWildcard(ingress, entryAddress(loadBalancer))}}
`;
}

/** Every name below the ingress' domain is the load balancer's. */
function renderWildcard(domain: string, address: string): string {
  return `  template IN A ${domain} {
    answer "{{ .Name }} ${TTL} IN A ${address}"
  }
  template ANY ANY ${domain} {
    rcode NOERROR
  }
`;
}
