import ipaddr from "ipaddr.js";

import type { Environment } from "../environment/schema";

/** Label of every container and network of the lab; its value says what the thing is. */
export const LAB_LABEL = "sitewright.lab";

/** Port of the image registry in each network. */
export const REGISTRY_PORT = 5000;

/** One zone of the environment as the lab builds it: a docker network on a bridge of its own. */
export interface LabNetwork {
  /** Name of the zone. */
  zone: string;
  /** Name of the port group that leads to it. */
  portGroup: string;
  /** Name of the docker network. */
  name: string;
  /** Name of the bridge on the host; the kernel takes 15 characters. */
  bridge: string;
  cidr: string;
  /** The host's own address in the network. */
  gateway: string;
  /** Address of the lab's resolver in this network: the first resolver the zone names. */
  resolver: string;
  /** Where the image registry stands: the address after the resolver's. */
  registry: string;
}

/** What the lab builds for an environment, derived from it alone. */
export function labNetworks(environment: Environment): LabNetwork[] {
  return Object.entries(environment.zones).map(
    ([zone, { portGroup, cidr, gateway, dnsServers }]) => {
      const resolver = dnsServers[0] as string;
      return {
        zone,
        portGroup,
        name: `sitewright-${zone}`,
        bridge: `sw-${zone}`.slice(0, 15),
        cidr,
        gateway,
        resolver,
        registry: following(resolver),
      };
    },
  );
}

/** Name under which nodes find the registry; it resolves to the registry's address in the asker's own network. */
export function registryName(environment: Environment): string {
  return `registry.${environment.domain}`;
}

function following(address: string): string {
  const bytes = ipaddr.IPv4.parse(address).toByteArray();
  const next = [...bytes.slice(0, 3), (bytes[3] as number) + 1];
  return ipaddr.fromByteArray(next).toString();
}
