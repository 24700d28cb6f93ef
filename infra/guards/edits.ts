import type { Environment } from "../../environment/schema";
import type { Leaving } from "../../kubernetes/lostMachines";
import type { RecordedNode } from "./recordedNodes";

/** The parts of an environment that are compared with the recorded machines. */
export type Edited = Pick<Environment, "nodes" | "kubernetes" | "stack">;

/** A machine that an update would delete, with or without a replacement. */
export type LeavingNode = RecordedNode & Leaving;

/** The machines that are no longer listed, and those that a change of address replaces. */
export function leavingNodes({ nodes }: Edited, recorded: readonly RecordedNode[]): LeavingNode[] {
  return recorded.flatMap((machine) => {
    const listed = nodes.find(({ name }) => name === machine.name);
    if (listed === undefined) {
      return [{ ...machine, because: "is no longer listed, so its machine would be deleted" }];
    }
    return isReplaced(machine, listed.address)
      ? [
          {
            ...machine,
            because: `gets the address ${listed.address} for ${machine.address}, so its machine would be replaced`,
          },
        ]
      : [];
  });
}

/** machine.ts replaces a machine when its address changes. */
function isReplaced({ address }: RecordedNode, listed: string): boolean {
  return address !== undefined && address !== listed;
}

/** Nodes whose role differs from the one they were created with. */
export function roleFaults({ nodes }: Edited, recorded: readonly RecordedNode[]): string[] {
  return recorded.flatMap(({ name, role }) => {
    const listed = nodes.find((node) => node.name === name);
    return listed === undefined || role === undefined || listed.role === role
      ? []
      : [
          [
            `site:nodes, ${name}: role is ${listed.role}, and the machine was made as ${role}`,
            `no machine changes its role. Set it back; or take ${name} out of the cluster and of the list, run up, and list it again`,
          ].join("\n    "),
        ];
  });
}

/** A change of the cluster's name. */
export function clusterNameFaults({ kubernetes }: Edited, running: string | undefined): string[] {
  const { clusterName } = kubernetes;
  return running === undefined || running === clusterName
    ? []
    : [
        [
          `site:kubernetes.clusterName is ${clusterName}, and the cluster that runs is ${running}`,
          `its name is in every certificate and cannot change. Set it back to ${running}; or destroy apps and cluster first`,
        ].join("\n    "),
      ];
}

/**
 * Several control planes that one update would restart or replace. etcd needs more than half of them at any time, and the plugin
 * changes all machines at once. A change of only one control plane passes.
 */
export function restartFaults({ nodes }: Edited, recorded: readonly RecordedNode[]): string[] {
  const concerned = recorded.flatMap((machine) => {
    const listed = nodes.find(({ name }) => name === machine.name);
    if (listed === undefined || (machine.role ?? listed.role) !== "control-plane") {
      return [];
    }
    const changes = [
      change("cpus", machine.cpus, listed.cpus),
      change("memoryMiB", machine.memoryMiB, listed.memoryMiB),
      change("address", machine.address, listed.address),
    ].flat();
    return changes.length === 0 ? [] : [`  ${machine.name}: ${changes.join(", ")}`];
  });
  return concerned.length < 2
    ? []
    : [
        [
          `site:nodes: ${concerned.length} control planes would be restarted or replaced at once, and etcd could lose its quorum`,
          ...concerned,
          "change one, run up, wait until make status shows it Ready, then change the next one",
        ].join("\n    "),
      ];
}

/** The change of a value. Values that were never recorded count as unchanged. */
function change<T>(key: string, recorded: T | undefined, listed: T): string[] {
  return recorded === undefined || recorded === listed
    ? []
    : [`${key} ${String(recorded)} → ${String(listed)}`];
}
