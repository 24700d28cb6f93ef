import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import type { Inventory } from "../vcenter/inventory";
import type { Machine } from "./machine";

/**
 * Has DRS keep machines of one kind on different hosts, by a rule for each cluster that has at least two of them. The rule is
 * a wish, not a must: when hosts are short, two on one host are better than one that is not started.
 *
 * @param kind - Begins the rule's name, which is one cluster's, not one folder's.
 */
export function separateHosts(
  kind: string,
  machines: readonly Machine[],
  { places }: Inventory,
  opts: pulumi.CustomResourceOptions,
): void {
  const clusters = new Map<string, Machine[]>();
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
