import { EnvironmentError, type Fault } from "../environment/faults";
import { entryAddress, loadBalancerMachines } from "../environment/loadBalancers";
import type { Environment } from "../environment/schema";
import { vcenterHost } from "../environment/vcenterAddress";
import { contains } from "../lib/ipv4";
import { processor } from "../lib/processor";
import { labNetworks } from "./layout";

/** Words by which owners call a processor in the label `arch`, by Go's word for it. */
const ARCH_LABELS: Record<string, readonly string[]> = {
  amd64: ["x86", "x86-64", "x86_64", "amd64"],
  arm64: ["arm64", "arm", "aarch64"],
};

/**
 * What the lab asks of an environment beyond the schema: room for its own two services in each network, a vCenter where
 * everybody who calls it reaches it, and no label `arch` of another processor than its machines have, which is this machine's.
 *
 * @param of - This machine's processor, in Go's words.
 * @throws EnvironmentError with all faults at once.
 */
export function checkLayout(environment: Environment, of = processor()): void {
  const { loadBalancer, nodes } = environment;
  const holders = [
    ...loadBalancerMachines(loadBalancer),
    ...nodes,
    { name: "the API", address: entryAddress(loadBalancer) },
  ];
  const faults: Fault[] = [...vcenterFaults(environment), ...labelFaults(environment, of)];
  for (const { zone, cidr, gateway, resolver, registry } of labNetworks(environment)) {
    for (const [service, address] of Object.entries({ resolver, registry })) {
      const holder = holders.find((one) => one.address === address)?.name;
      const reason = !contains(cidr, address)
        ? `the lab's ${service} would stand at ${address}, outside ${cidr}`
        : address === gateway
          ? `the lab's ${service} would stand at the gateway's address`
          : holder !== undefined
            ? `the lab's ${service} would stand at the address of ${holder}`
            : undefined;
      if (reason !== undefined) {
        faults.push({
          path: `zones.${zone}.dnsServers[0]`,
          value: resolver,
          reason,
          allowed: `an address in ${cidr} that is free, and so is the one after it (resolver and image registry)`,
        });
      }
    }
  }
  if (faults.length > 0) {
    throw new EnvironmentError(`Pulumi.${environment.stack}.yaml`, faults);
  }
}

/** A word that is not known is the owner's own, and may mean anything. */
function labelFaults({ zones, nodes }: Environment, of: string): Fault[] {
  const others = Object.entries(ARCH_LABELS).flatMap(([other, words]) =>
    other === of ? [] : words,
  );
  const labelled = [
    ...Object.entries(zones).map(([name, { labels }]) => ({ path: `zones.${name}`, labels })),
    ...nodes.map(({ labels }, index) => ({ path: `nodes[${index}]`, labels })),
  ];
  return labelled
    .filter(({ labels }) => others.includes(labels["arch"] ?? ""))
    .map(({ path, labels }) => ({
      path: `${path}.labels.arch`,
      value: labels["arch"],
      reason: `is not what the lab's machines have: this machine's processor is ${of}`,
      allowed: (ARCH_LABELS[of] ?? [of]).join(", "),
    }));
}

/** Of the addresses that this machine has, the nodes know the gateways only. */
function vcenterFaults({ vsphere, kubernetes, zones }: Environment): Fault[] {
  const gateways = Object.values(zones).map(({ gateway }) => gateway);
  const { cloudProvider } = kubernetes;
  return cloudProvider === undefined || gateways.includes(vcenterHost(vsphere))
    ? []
    : [
        {
          path: "vsphere.server",
          value: vsphere.server,
          reason: "is not reached from the nodes, where kubernetes.cloudProvider calls it",
          allowed: `a gateway's address and a port: ${gateways.map((gateway) => `${gateway}:8989`).join(", ")}`,
        },
      ];
}
