import * as pulumi from "@pulumi/pulumi";

import {
  isControlPlane,
  type KnownMachine,
  knownMachine,
  type Machine,
} from "../../../cluster/node/machine";
import type { Environment } from "../../../environment/schema";
import { passwords } from "../environment/site";
import { mockSite, type Registered } from "../mocks";

/** Resources that `make` registers when it is run with mocks in the stack cluster of production. */
export async function registeredInCluster(make: () => unknown): Promise<Registered[]> {
  const registered = await mockSite({
    project: "cluster",
    stack: "prd",
    config: passwords,
    outputs: { "random:index/randomId:RandomId": () => ({ hex: "0123456789abcdef" }) },
  });
  try {
    await make();
  } finally {
    await pulumi.runtime.disconnect();
  }
  return registered;
}

/** What a provisioner is told of the machines. */
export function nodesFor(environment: Environment): { machines: Machine[]; leader: KnownMachine } {
  const machines = machinesFor(environment);
  return { machines, leader: knownMachine(machines.find(isControlPlane)!) };
}

/** A machine for each node. */
function machinesFor({ nodes }: Environment): Machine[] {
  return nodes.map((node) => ({
    node,
    vmId: `uuid of ${node.name}`,
    host: { address: node.address, user: "sitewright", privateKey: "PEM", hostKey: "ssh-ed25519" },
  }));
}
