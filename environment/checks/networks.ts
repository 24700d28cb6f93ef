import { broadcastAddress, contains, networkAddress, overlap, prefixLength } from "../../lib/ipv4";
import type { Fault } from "../faults";
import type { Environment, Zone } from "../schema";
import { machinesOf } from "./machines";

interface Network {
  path: string;
  cidr: string;
}

/** Networks that have another meaning on every machine, and why. */
const RESERVED: readonly (Network & { reason: string })[] = [
  { path: "", cidr: "127.0.0.0/8", reason: "is the loopback network" },
  { path: "", cidr: "169.254.0.0/16", reason: "is the link-local network" },
  { path: "", cidr: "224.0.0.0/4", reason: "is the multicast range" },
  { path: "", cidr: "172.17.0.0/16", reason: "is Docker's own default network" },
];

/** kube-controller-manager's default for IPv4: each node gets a /24 of the pod network. */
const NODE_POD_PREFIX = 24;
/** kube-apiserver refuses a larger Service network than a /12 of IPv4. */
const LARGEST_SERVICE_PREFIX = 12;

/** Networks that overlap or are too small, and gateways and resolvers that are not where they must be. */
export function networkFaults({
  zones,
  kubernetes,
}: Pick<Environment, "zones" | "kubernetes">): Fault[] {
  const networks: Network[] = [
    ...Object.entries(zones).map(([name, { cidr }]) => ({ path: `zones.${name}.cidr`, cidr })),
    { path: "kubernetes.podSubnet", cidr: kubernetes.podSubnet },
    { path: "kubernetes.serviceSubnet", cidr: kubernetes.serviceSubnet },
  ];
  return [
    ...overlapFaults(networks),
    ...(prefixLength(kubernetes.serviceSubnet) < LARGEST_SERVICE_PREFIX
      ? [
          {
            path: "kubernetes.serviceSubnet",
            value: kubernetes.serviceSubnet,
            reason: "is larger than kube-apiserver accepts",
            allowed: `a prefix of /${LARGEST_SERVICE_PREFIX} or longer`,
          },
        ]
      : []),
    ...Object.entries(zones).flatMap(([name, zone]) => gatewayFaults(name, zone)),
  ];
}

function overlapFaults(networks: readonly Network[]): Fault[] {
  return networks.flatMap((network, index) => [
    ...networks
      .slice(0, index)
      .filter((earlier) => overlap(earlier.cidr, network.cidr))
      .map((earlier) => ({
        path: network.path,
        value: network.cidr,
        reason: `overlaps ${earlier.path} ${earlier.cidr}`,
        allowed: "a network that shares no address with another network of the site",
      })),
    ...RESERVED.filter((reserved) => overlap(reserved.cidr, network.cidr)).map((reserved) => ({
      path: network.path,
      value: network.cidr,
      reason: `overlaps ${reserved.cidr}, which ${reserved.reason}`,
      allowed: "a network that shares no address with it",
    })),
  ]);
}

function gatewayFaults(name: string, { cidr, gateway }: Zone): Fault[] {
  return isHostAddress(cidr, gateway)
    ? []
    : [
        {
          path: `zones.${name}.gateway`,
          value: gateway,
          reason: `is no host address of the zone's network ${cidr}`,
          allowed: `an address between ${networkAddress(cidr)} and ${broadcastAddress(cidr)}, both excluded`,
        },
      ];
}

/** Addresses outside their network, taken by something else, or given twice. */
export function addressFaults({
  zones,
  loadBalancer,
  nodes,
  nas,
  vsphere,
}: Pick<Environment, "zones" | "loadBalancer" | "nodes" | "nas" | "vsphere">): Fault[] {
  const taken = new Map<string, string>(
    Object.entries(zones).flatMap(([name, zone]) => [
      ...zone.dnsServers.map(
        (server, index) => [server, `zones.${name}.dnsServers[${index}]`] as const,
      ),
      [zone.gateway, `zones.${name}.gateway`] as const,
    ]),
  );
  if (nas !== undefined) {
    taken.set(nas.address, "nas.address");
  }
  if (vsphere.address !== undefined) {
    taken.set(vsphere.address, "vsphere.address");
  }
  return addressesOf({ loadBalancer, nodes }).flatMap(({ path, zone, address }) => {
    const fault = (reason: string, allowed: string): Fault => ({
      path,
      value: address,
      reason,
      allowed,
    });
    const cidr = zones[zone]?.cidr;
    const holder = taken.get(address);
    taken.set(address, path);
    return [
      ...(cidr !== undefined && !isHostAddress(cidr, address)
        ? [
            fault(
              `is no host address of its zone ${zone}, whose network is ${cidr}`,
              `an address between ${networkAddress(cidr)} and ${broadcastAddress(cidr)}, both excluded`,
            ),
          ]
        : []),
      ...(holder !== undefined
        ? [fault(`is the same as ${holder}`, "an address nothing else of the site has")]
        : []),
    ];
  });
}

/** Every address the site takes for itself: those of its machines, and the virtual one of a pair of load balancers. */
function addressesOf(
  sections: Pick<Environment, "loadBalancer" | "nodes">,
): { path: string; zone: string; address: string }[] {
  const { zone, pair } = sections.loadBalancer;
  return [
    ...machinesOf(sections).map(({ path, machine }) => ({
      path: `${path}.address`,
      zone: machine.zone,
      address: machine.address,
    })),
    ...(pair === undefined
      ? []
      : [{ path: "loadBalancer.pair.virtualAddress", zone, address: pair.virtualAddress }]),
  ];
}

function isHostAddress(cidr: string, address: string): boolean {
  return (
    contains(cidr, address) &&
    address !== networkAddress(cidr) &&
    address !== broadcastAddress(cidr)
  );
}

/** How many nodes a pod network has room for. */
export function nodesInPodSubnet(podSubnet: string): number {
  const spare = NODE_POD_PREFIX - prefixLength(podSubnet);
  return spare < 0 ? 0 : 2 ** spare;
}
