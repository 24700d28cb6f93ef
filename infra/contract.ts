import * as pulumi from "@pulumi/pulumi";

import type { Infra } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import type { Machine } from "./machine";

/** The output `infra`: what the stack cluster builds on. */
export function siteOutput(
  { kubernetes, loadBalancer, ssh, nodes: specs }: Environment,
  machines: readonly Machine[],
): pulumi.Output<Infra> {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  return pulumi.output({
    api: {
      name: kubernetes.apiName,
      address: loadBalancer.address,
      port: kubernetes.apiPort,
    },
    loadBalancer: { name: loadBalancer.name, address: loadBalancer.address },
    sshUser: ssh.user,
    nodes: specs.map(({ name, role, zone }) => {
      const machine = byName.get(name);
      if (machine === undefined) {
        throw new Error(`There is no machine for the node ${name}.`);
      }
      const { address, hostKey, vmId } = machine;
      return { name, role, zone, address, hostKey, vmId };
    }),
  });
}
