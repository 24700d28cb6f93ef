import ipaddr from "ipaddr.js";

/** Arithmetic on IPv4 addresses and networks; ipaddr.js does the work. All texts were checked by the schema before. */

type Cidr = [ipaddr.IPv4, number];

/** Whether an address lies in a network, its first and last address included. */
export function contains(network: string, address: string): boolean {
  return ipaddr.IPv4.parse(address).match(parse(network));
}

/** Whether two networks have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [oneAddress, onePrefix] = parse(one);
  const [otherAddress, otherPrefix] = parse(other);
  const prefix = Math.min(onePrefix, otherPrefix);
  return oneAddress.match([otherAddress, prefix]);
}

/** Length of a network's prefix: 24 for 192.168.10.0/24. */
export function prefixLength(network: string): number {
  return parse(network)[1];
}

/** First address of a network, which names the network itself. */
export function networkAddress(network: string): string {
  return ipaddr.IPv4.networkAddressFromCIDR(network).toString();
}

/** Last address of a network, which reaches all hosts in it. */
export function broadcastAddress(network: string): string {
  return ipaddr.IPv4.broadcastAddressFromCIDR(network).toString();
}

function parse(network: string): Cidr {
  return ipaddr.IPv4.parseCIDR(network);
}
