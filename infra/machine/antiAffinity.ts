import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import type { Inventory } from "../vcenter/inventory";
import type { MadeMachine } from "./machine";

/**
 * Makes DRS keep machines of one kind on different hosts, with a rule for each cluster that has at least two of them. The rule is not
 * mandatory: if there are too few hosts, two machines on one host are better than one that does not start.
 *
 * @param kind - Beginning of the rule's name. The name is unique in a compute cluster, not in a folder.
 */
export function separateHosts(
  kind: string,
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
          name: `${kind}-on-separate-hosts`,
          computeClusterId,
          virtualMachineIds: together.map(({ vmId }) => vmId),
          mandatory: false,
        },
        opts,
      );
    }
  }
}
