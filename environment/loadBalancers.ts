import type { LoadBalancerSpec, MachineSpec } from "./schema";

/** Address of the API and the ingress: that of the only machine, or the virtual one of a pair. */
export function entryAddress({ address, pair }: LoadBalancerSpec): string {
  return pair?.virtualAddress ?? address;
}

/**
 * Addresses from which the ingress believes what the PROXY protocol says of a client. A connection to a server comes from a machine's own
 * address, also while it has the virtual one. Empty where the key `loadBalancer.proxyProtocol` is off.
 */
export function proxyAddresses(spec: LoadBalancerSpec): string[] {
  return spec.proxyProtocol ? loadBalancerMachines(spec).map(({ address }) => address) : [];
}

/** The machines with HAProxy: one, or both of a pair. What the second does not set, it takes from the first. */
export function loadBalancerMachines({ pair, ...first }: LoadBalancerSpec): MachineSpec[] {
  return pair === undefined
    ? [first]
    : [first, { ...first, name: pair.name, address: pair.address }];
}
