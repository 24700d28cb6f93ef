import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { cloudProviderPassword } from "../../pulumi/config";
import { CloudProvider } from "../cloud-provider/cloudProvider";
import { accountsOf, vcenterOf } from "../cloud-provider/vcenterCredentials";
import { awaitNodes } from "./awaitNodes";
import { INITIALIZED } from "./conditions";
import type { KnownMachine, Machine } from "./machine";

/** The nodes of a cluster, and what the cloud controller manager needs to initialize them. */
export interface NodeInitializationArgs {
  environment: Pick<Environment, "kubernetes" | "vsphere" | "zones">;
  machines: readonly Machine[];
  /** A control plane that answers. */
  leader: KnownMachine;
  /** The steps that made the machines members. */
  members: readonly pulumi.Resource[];
  /** Certificates by which the vCenter is verified. */
  authority: string | undefined;
}

/** What other resources wait for. Both are empty if the environment has no cloud provider. */
export interface NodeInitialization {
  /** Complete when the cloud controller manager runs. */
  manager: pulumi.Resource[];
  /** Complete when it has initialized all nodes; before that no pod starts that does not tolerate everything. */
  initialized: pulumi.Resource[];
}

/**
 * Installs the cloud controller manager, and waits until every node has the providerID of its machine. Write taints
 * of a node only after that: they are one list, and the manager recognizes a new node by a taint in it.
 */
export function initializeNodes(
  name: string,
  { environment, machines, leader, members, authority }: NodeInitializationArgs,
  opts: pulumi.ComponentResourceOptions,
): NodeInitialization {
  const { kubernetes, vsphere, zones } = environment;
  if (kubernetes.cloudProvider === undefined) {
    return { manager: [], initialized: [] };
  }
  const { apiName, apiPort, cloudProvider } = kubernetes;
  const manager = new CloudProvider(
    name,
    {
      ...cloudProvider,
      vcenter: vcenterOf(vsphere, authority),
      credentials: { user: accountsOf(vsphere).cloudProvider, password: cloudProviderPassword() },
      zones,
      api: { apiName, apiPort },
    },
    opts,
  );
  const initialized = awaitNodes(
    `${name}-initialized`,
    { machines, leader, condition: INITIALIZED },
    { dependsOn: [manager, ...members], deletedWith: opts.deletedWith },
  );
  return { manager: [manager], initialized: [initialized] };
}
