import { z } from "zod";

import type { Environment, NodeSpec } from "../../environment/schema";
import type { StackResource } from "../../pulumi/stackResources";
import type { RecordedNode } from "./recordedNodes";

/** The parts of an environment that are compared with the recorded machines. */
export type Edited = Pick<Environment, "nodes" | "kubernetes" | "stack">;

/** A machine that is not as the environment lists it: an update would delete it, with or without a replacement. */
export interface LeavingNode {
  recorded: RecordedNode;
  /** Undefined if the environment no longer lists it. */
  listed?: NodeSpec;
  /** Reason, as it reads after the name. */
  because: string;
}

/** The machines that are no longer listed, and those that another address or generation replaces. */
export function leavingNodes({ nodes }: Edited, machines: readonly RecordedNode[]): LeavingNode[] {
  return machines.flatMap((recorded) => {
    const listed = nodes.find(({ name }) => name === recorded.name);
    if (listed === undefined) {
      return [{ recorded, because: "is no longer listed" }];
    }
    const changes = replacingChanges(recorded, listed);
    return changes.length === 0
      ? []
      : [{ recorded, listed, because: `is replaced: ${changes.join(", ")}` }];
  });
}

/** What replaces a machine: machine.ts. */
function replacingChanges(recorded: RecordedNode, listed: NodeSpec): string[] {
  return [
    change("address", recorded.address, listed.address),
    change("generation", recorded.generation, listed.generation),
  ].flat();
}

/**
 * Machines that would get an address which another machine still has: a rename looks like that. That other machine is deleted at the
 * end of an update, or replaced in it, so both would have the address for a while.
 */
export function addressFaults({ nodes }: Edited, recorded: readonly RecordedNode[]): string[] {
  return nodes.flatMap(({ name, address }) => {
    const own = recorded.find((machine) => machine.name === name);
    const other = recorded.find((machine) => machine.name !== name && machine.address === address);
    if (other === undefined || own?.address === address) {
      return [];
    }
    const isListed = nodes.some((node) => node.name === other.name);
    return [
      [
        `site:nodes, ${name}: its address ${address} is still that of the machine ${other.name}`,
        isListed
          ? `give ${name} a free address; or run up until ${other.name} has its new one, and give ${name} this one then`
          : `no machine changes its name: that is a new machine, and one that goes. Give ${name} another address; or run up without ${name} until ${other.name} is gone, and list ${name} then`,
      ].join("\n    "),
    ];
  });
}

/**
 * A control plane that would be replaced under its own name while the cluster has no other one that stays.
 *
 * @param members - The recorded machines that the cluster has.
 */
export function soleControlPlaneFaults(edited: Edited, members: readonly RecordedNode[]): string[] {
  const replaced = leavingNodes(edited, members).filter(({ listed }) => listed !== undefined);
  const stays = edited.nodes.some(
    ({ name, role }) =>
      role === "control-plane" && !replaced.some(({ recorded }) => recorded.name === name),
  );
  return stays
    ? []
    : replaced
        .filter(({ recorded, listed }) => (recorded.role ?? listed?.role) === "control-plane")
        .map(({ recorded: { name }, because }) =>
          [
            `site:nodes, ${name}: it ${because}, and the cluster's data would go with its disk: no other control plane is listed`,
            `list a control plane under another name and with another address in its place: the cluster moves there before ${name} goes`,
          ].join("\n    "),
        );
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
            `no machine changes its role. Set it back; or take ${name} out of the list, run up until it is gone, and list it again`,
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

const endpointSchema = z.object({
  infra: z.object({ api: z.object({ name: z.string(), port: z.number() }) }),
});

/**
 * A change of the name or the port of the API: HAProxy would serve the new ones before the stack cluster could refuse them.
 *
 * @param resources - Of the state of infra.
 */
export function endpointFaults(
  { kubernetes }: Edited,
  resources: readonly StackResource[],
): string[] {
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const was = endpointSchema.safeParse(root?.outputs).data?.infra.api;
  const faultOf = (key: string, is: string | number, before: string | number) =>
    is === before
      ? []
      : [
          [
            `site:kubernetes.${key} is ${is}, and the cluster that runs has ${before}`,
            "it is in every kubeconfig and certificate and cannot change. Set it back; or destroy apps and cluster first",
          ].join("\n    "),
        ];
  return was === undefined
    ? []
    : [
        ...faultOf("apiName", kubernetes.apiName, was.name),
        ...faultOf("apiPort", kubernetes.apiPort, was.port),
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
      ...replacingChanges(machine, listed),
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
