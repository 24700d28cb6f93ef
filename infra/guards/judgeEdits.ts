import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { describeOlderPlugins, olderPlugins } from "../../pulumi/pluginVersions";
import { formerQualifiedName, qualifiedName } from "../../pulumi/qualifiedName";
import { machineOfFirstStep, standingCluster } from "../../pulumi/recordedCluster";
import { Refusal } from "../../pulumi/refusal";
import { REPORT_VARIABLE } from "../../pulumi/reportOnly";
import {
  type StackResource,
  readStackResources,
  type StackResources,
} from "../../pulumi/stackResources";
import {
  addressFaults,
  clusterNameFaults,
  type Edited,
  endpointFaults,
  type LeavingNode,
  leavingNodes,
  readdressFaults,
  type RestartedNode,
  restartedNodes,
  roleFaults,
  sizeChanges,
  soleControlPlaneFaults,
  turnsOf,
} from "./edits";
import {
  balancerAddressFaults,
  madeWithFaults,
  recordedMachines,
  zonesLearnedBefore,
} from "./madeWith";
import { type HeldNode, type RecordedNode, recordedNodes, recordedSizes } from "./recordedNodes";

/** What an update has to keep, and to do in order. */
export interface Verdict {
  /** Recorded machines that stay as they are until the cluster has let them go. */
  held: HeldNode[];
  /** Recorded machines that stay as they are, and members of the cluster, because it is not their turn to be replaced. */
  waiting: HeldNode[];
  /** What is restarted in order. Undefined if nothing is, or before there is a cluster. */
  restarts?: Restarts;
}

/** Machines of a running cluster that the plugin restarts. */
export interface Restarts {
  nodes: RestartedNode[];
  /** Names of load balancers. */
  loadBalancers: string[];
  /** Whether the cluster has one control plane only. */
  isSole: boolean;
  /** Administrator's kubeconfig. Secret. */
  kubeconfig: string;
}

const NOTHING: Verdict = { held: [], waiting: [] };

/**
 * Compares the environment with the machines in the state of this stack. A machine that an update would delete or replace is held as
 * long as the stack cluster has steps on it: its resources tell that, not its outputs. One that is protected is held once more, because the
 * engine deletes only what an earlier update has unprotected. Machines that are restarted, or replaced several at a time, are put in order.
 * Without such an edit the long state of cluster is not read.
 *
 * @param state - The resources of this stack. Read them once: reading decrypts all secrets in them.
 * @returns What is to be held, and what is to be restarted. A warning names the machines that are kept.
 * @throws Refusal with all edits that cannot be applied in order, before anything is asked of the vCenter.
 */
export async function judgeEdits(
  environment: Environment,
  state: StackResources | Promise<StackResources> = readStackResources("infra"),
): Promise<Verdict> {
  const { faults, ...verdict } = await judge(environment, state);
  if (faults.length === 0) {
    return verdict;
  }
  const text = [
    `Pulumi.${environment.stack}.yaml asks for what the running cluster would not survive. Nothing was created or changed.`,
    ...faults.map((fault) => `  ${fault}`),
  ].join("\n");
  if (pulumi.runtime.isDryRun() && process.env[REPORT_VARIABLE] === "1") {
    void pulumi.log.warn(text);
    return verdict;
  }
  throw new Refusal(text);
}

async function judge(
  environment: Environment,
  state: StackResources | Promise<StackResources>,
): Promise<Verdict & { faults: string[] }> {
  const [own, clusterName] = await Promise.all([state, readClusterName(environment.stack)]);
  if (own.kind === "unreadable") {
    return { faults: [`which machines this stack has cannot be read: ${own.why}`], ...NOTHING };
  }
  const resources = own.kind === "read" ? own.resources : [];
  const older = olderPlugins(resources);
  if (older.length > 0) {
    const { why, next } = describeOlderPlugins(older);
    throw new Refusal(
      `The state of stack infra was written with newer plugins than those of this checkout. Nothing was created or changed.\n${why}\n${next}`,
    );
  }
  const recorded = recordedNodes(resources);
  const machines = recordedMachines(resources);
  warnOfZones(zonesLearnedBefore(environment, machines));
  const fixed = [
    ...madeWithFaults(environment, machines),
    ...balancerAddressFaults(environment, machines),
  ];
  const balancers = restartedBalancers(environment, resources);
  const renamed = [
    ...clusterNameFaults(environment, clusterName),
    ...endpointFaults(environment, resources),
  ];
  const edits = [
    leavingNodes(environment, recorded),
    roleFaults(environment, recorded),
    restartedNodes(environment, recorded),
    balancers,
    renamed,
  ];
  const addresses = addressFaults(environment, recorded);
  if (recorded.length === 0 || edits.every(({ length }) => length === 0)) {
    return { faults: [...fixed, ...addresses], ...NOTHING };
  }
  const cluster = await readCluster();
  const members = recorded.filter(({ name }) => cluster.has(name));
  const leaving = leavingNodes(
    environment,
    recorded.filter((one) => members.includes(one) || one.isProtected === true),
  );
  const { now, waiting } = turnsOf(leaving, environment.maintenance.maxUnavailable);
  const [held, later] = [hold(now), hold(waiting)];
  const nodes = restartedNodes(environment, members);
  warnOf(leaving, { members, waiting, unreadable: cluster.unreadable });
  return {
    faults: [
      ...fixed,
      ...(cluster.stands ? renamed : []),
      ...roleFaults(environment, members),
      ...addresses,
      ...soleControlPlaneFaults(environment, now),
      ...readdressFaults(environment, members),
      ...(cluster.unreadable === undefined ? [] : blindRestartFaults(nodes, cluster.unreadable)),
      ...held.faults,
      ...later.faults,
    ],
    held: held.nodes,
    waiting: later.nodes,
    ...(cluster.kubeconfig === undefined || nodes.length + balancers.length === 0
      ? {}
      : {
          restarts: {
            nodes,
            loadBalancers: balancers,
            isSole: members.filter((one) => isControlPlane(environment, one)).length === 1,
            kubeconfig: cluster.kubeconfig,
          },
        }),
  };
}

function isControlPlane({ nodes }: Edited, { name, role }: RecordedNode): boolean {
  const made = role ?? nodes.find((node) => node.name === name)?.role;
  return made === "control-plane";
}

/** Names of the load balancers that the plugin restarts. */
function restartedBalancers(
  { loadBalancer }: Edited,
  resources: readonly StackResource[],
): string[] {
  const sizes = recordedSizes(resources);
  return loadBalancerMachines(loadBalancer)
    .filter((listed) => sizeChanges(sizes.get(listed.name) ?? {}, listed).length > 0)
    .map(({ name }) => name);
}

function blindRestartFaults(nodes: readonly RestartedNode[], why: string): string[] {
  return nodes.map(({ recorded, listed }) =>
    [
      `site:nodes, ${recorded.name}: it would be restarted (${sizeChanges(recorded, listed).join(", ")}), and whether the cluster has it cannot be read: ${why}`,
      "make the state of the stack cluster readable, then run up again",
    ].join("\n    "),
  );
}

/** What the stack cluster says of machines. */
interface ClusterState {
  /** Whether there is a cluster, or may be one. */
  stands: boolean;
  /** Whether the stack has steps on a machine of this name, or may have them. */
  has: (machine: string) => boolean;
  /** Why its state cannot be read. Undefined if it can. */
  unreadable?: string;
  /** Administrator's kubeconfig. Secret. Undefined as long as there is no cluster. */
  kubeconfig?: string;
}

/** A state that cannot be read counts as one with steps on all machines: nothing is deleted on a guess. */
async function readCluster(): Promise<ClusterState> {
  const cluster = await readStackResources("cluster");
  if (cluster.kind === "unreadable") {
    return { stands: true, has: () => true, unreadable: cluster.why };
  }
  const resources = cluster.kind === "read" ? cluster.resources : [];
  const machines = new Set(resources.map(({ urn }) => machineOfFirstStep(urn)));
  const standing = standingCluster(resources);
  return {
    stands: standing !== undefined,
    has: (machine) => machines.has(machine),
    ...standing,
  };
}

/** Registering a machine once more takes all that its first registration took from the environment. */
function hold(leaving: readonly LeavingNode[]): { nodes: HeldNode[]; faults: string[] } {
  const complete = leaving.map(({ recorded, listed }) => ({
    ...recorded,
    zone: recorded.zone ?? listed?.zone,
    role: recorded.role ?? listed?.role,
  }));
  return {
    nodes: complete.filter(isComplete),
    faults: complete
      .filter((node) => !isComplete(node))
      .map(({ name }) =>
        [
          `site:nodes, ${name}: the stack cluster has steps on it, and the state does not say what it was made as`,
          `list ${name} as it was, run up, and edit it then`,
        ].join("\n    "),
      ),
  };
}

function isComplete(node: Partial<RecordedNode>): node is HeldNode {
  return node.address !== undefined && node.zone !== undefined && node.role !== undefined;
}

function warnOf(
  leaving: readonly LeavingNode[],
  {
    members,
    waiting,
    unreadable,
  }: {
    members: readonly RecordedNode[];
    waiting: readonly LeavingNode[];
    unreadable: string | undefined;
  },
): void {
  if (leaving.length === 0) {
    return;
  }
  const why =
    unreadable !== undefined
      ? `the state of the stack cluster cannot be read: ${unreadable}`
      : leaving.some(({ recorded }) => members.includes(recorded))
        ? "the stack cluster still has them"
        : "they were protected until this update";
  void pulumi.log.warn(
    [
      `${leaving.length === 1 ? "1 machine is" : `${leaving.length} machines are`} kept as recorded, because ${why}.`,
      ...leaving.map((one) => {
        const turn = waiting.includes(one) ? "; it waits for its turn" : "";
        return `  ${one.recorded.name} ${one.because}${turn}`;
      }),
      unreadable === undefined
        ? "next: make up does all that follows; or pulumi up in cluster, which takes them out of the cluster, then in infra again"
        : "next: make that state readable, then run up again",
    ].join("\n"),
  );
}

function warnOfZones(lines: readonly string[]): void {
  if (lines.length > 0) {
    void pulumi.log.warn(
      [
        "These machines keep what they learned at their first boot, and the environment has another value:",
        ...lines.map((line) => `  ${line}`),
        "next: raise the generation of one node after the other, and run up each time; a load balancer is made again under another name and address",
      ].join("\n"),
    );
  }
}

const outputsSchema = z.object({
  outputs: z.object({ cluster: z.object({ clusterName: z.string() }) }),
});

/** The name of the cluster, as its stack has exported it. Undefined if it has not, or if that cannot be read. */
async function readClusterName(stack: string): Promise<string | undefined> {
  for (const name of [qualifiedName("cluster", stack), formerQualifiedName("cluster", stack)]) {
    try {
      const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
        name,
      });
      return outputsSchema.safeParse(answer).data?.outputs.cluster.clusterName;
    } catch {
      // There is no stack of this name, or it cannot be read.
    }
  }
  return undefined;
}
