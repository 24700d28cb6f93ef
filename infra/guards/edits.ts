import { z } from "zod";

import type { Environment, NodeSpec } from "../../environment/schema";
import type { StackResource } from "../../pulumi/stackResources";
import type { RecordedNode, RecordedSize } from "./recordedNodes";

/** The parts of an environment that are compared with the recorded machines. */
export type Edited = Pick<
  Environment,
  "nodes" | "kubernetes" | "stack" | "maintenance" | "loadBalancer"
>;

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

/** Machines that are replaced: those whose turn it is, and the rest. */
export interface Turns {
  now: LeavingNode[];
  /** They stay members, as they are recorded, until another update. */
  waiting: LeavingNode[];
}

/**
 * Decides which of the leaving machines go in this update. What is no longer listed goes. Of machines that get another generation, one
 * control plane goes, and as many workers as may be out of service at a time; those first that the last update has held. A machine with
 * another address never waits: the cluster would look for it at the new one.
 */
export function turnsOf(leaving: readonly LeavingNode[], maxUnavailable: number): Turns {
  const now = leaving.filter((one) => !canWait(one));
  const waiting: LeavingNode[] = [];
  for (const role of ["control-plane", "worker"] as const) {
    const readdressed = now.filter((one) => one.listed !== undefined && roleOf(one) === role);
    const free = Math.max(0, limitOf(role, maxUnavailable) - readdressed.length);
    const regenerated = leaving
      .filter((one) => canWait(one) && roleOf(one) === role)
      .sort((a, b) => Number(b.recorded.wasHeld ?? false) - Number(a.recorded.wasHeld ?? false));
    now.push(...regenerated.slice(0, free));
    waiting.push(...regenerated.slice(free));
  }
  return { now, waiting };
}

function canWait({ recorded, listed }: LeavingNode): boolean {
  return (
    listed !== undefined &&
    change("address", recorded.address, listed.address).length === 0 &&
    recorded.generation !== listed.generation
  );
}

function roleOf({ recorded, listed }: LeavingNode): NodeSpec["role"] | undefined {
  return recorded.role ?? listed?.role;
}

function limitOf(role: NodeSpec["role"], maxUnavailable: number): number {
  return role === "control-plane" ? 1 : maxUnavailable;
}

/** A machine that stays the same, and that the plugin restarts because it gets another size. */
export interface RestartedNode {
  recorded: RecordedNode;
  listed: NodeSpec;
}

/** The machines of nodes that an update restarts, in the order of the environment. Those that are replaced are none of them. */
export function restartedNodes(edited: Edited, machines: readonly RecordedNode[]): RestartedNode[] {
  const leaving = leavingNodes(edited, machines);
  return edited.nodes.flatMap((listed) => {
    const recorded = machines.find(({ name }) => name === listed.name);
    return recorded === undefined ||
      leaving.some((one) => one.recorded === recorded) ||
      sizeChanges(recorded, listed).length === 0
      ? []
      : [{ recorded, listed }];
  });
}

/** What makes the plugin restart a machine: hot-add is off, and memory is never removed from a running one. */
export function sizeChanges(
  recorded: RecordedSize,
  listed: Pick<NodeSpec, "cpus" | "memoryMiB">,
): string[] {
  return [
    change("cpus", recorded.cpus, listed.cpus),
    change("memoryMiB", recorded.memoryMiB, listed.memoryMiB),
  ].flat();
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
 * @param leaving - The machines that go in this update.
 */
export function soleControlPlaneFaults(edited: Edited, leaving: readonly LeavingNode[]): string[] {
  const replaced = leaving.filter(({ listed }) => listed !== undefined);
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
 * More machines with another address than may be out of service at a time. One with another generation waits for its turn, see turnsOf.
 *
 * @param members - The recorded machines that the cluster has.
 */
export function readdressFaults(edited: Edited, members: readonly RecordedNode[]): string[] {
  const readdressed = leavingNodes(edited, members).filter(
    (one) => one.listed !== undefined && !canWait(one),
  );
  return (["control-plane", "worker"] as const).flatMap((role) => {
    const concerned = readdressed.filter((one) => roleOf(one) === role);
    const limit = limitOf(role, edited.maintenance.maxUnavailable);
    return concerned.length <= limit
      ? []
      : [
          [
            `site:nodes: ${concerned.length} ${role}s would get another address at once, and at most ${limit} may be out of service`,
            ...concerned.map(({ recorded: { name }, because }) => `  ${name} ${because}`),
            `change ${limit}, run up until make status shows ${limit === 1 ? "it" : "them"} Ready, then change the next`,
          ].join("\n    "),
        ];
  });
}

/** The change of a value. Values that were never recorded count as unchanged. */
function change<T>(key: string, recorded: T | undefined, listed: T): string[] {
  return recorded === undefined || recorded === listed
    ? []
    : [`${key} ${String(recorded)} → ${String(listed)}`];
}
