import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import { formerlyNamed } from "../../pulumi/formerlyNamed";
import type { Inventory } from "../vcenter/inventory";
import type { MadeMachine } from "./machine";

/**
 * Makes DRS keep machines of one kind on different hosts, with a rule for each cluster that has at least two of them. The rule is not
 * mandatory: if there are too few hosts, two machines on one host are better than one that does not start.
 *
 * @param kind - Of the machines. The rule's name begins with the Kubernetes cluster's: it is unique in a compute cluster, not in a folder.
 */
export function separateHosts(
  { clusterName, kind }: { clusterName: string; kind: string },
  machines: readonly MadeMachine[],
  { places }: Inventory,
  opts: pulumi.CustomResourceOptions,
): void {
  const clusters = new Map<string, MadeMachine[]>();
  for (const machine of machines) {
    const { computeClusterId } = places[machine.zone];
    clusters.set(computeClusterId, [...(clusters.get(computeClusterId) ?? []), machine]);
  }
  for (const [computeClusterId, together] of clusters) {
    if (together.length > 1) {
      new vsphere.ComputeClusterVmAntiAffinityRule(
        `${kind}-on-separate-hosts-${computeClusterId}`,
        {
          name: `${clusterName}-${kind}-on-separate-hosts`,
          computeClusterId,
          virtualMachineIds: together.map(({ vmId }) => vmId),
          mandatory: false,
        },
        { ...opts, ...formerlyNamed(clusterName) },
      );
    }
  }
}
