import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Environment } from "../../environment/schema";
import { leavingFault, lostMachines } from "../../kubernetes/lostMachines";
import { type Membership, membershipsOf, membershipSource } from "../../kubernetes/membership";
import { describeOlderPlugins, olderPlugins } from "../../pulumi/pluginVersions";
import { formerQualifiedName, qualifiedName } from "../../pulumi/qualifiedName";
import { standingCluster } from "../../pulumi/recordedCluster";
import { Refusal } from "../../pulumi/refusal";
import { REPORT_VARIABLE } from "../../pulumi/reportOnly";
import { readStackResources } from "../../pulumi/stackResources";
import {
  clusterNameFaults,
  type Edited,
  type LeavingNode,
  leavingNodes,
  restartFaults,
  roleFaults,
} from "./edits";
import { type RecordedNode, recordedNodes } from "./recordedNodes";

/**
 * Refuses an update that would delete machines of a running cluster, or damage it in another way. It compares the environment with
 * the machines in the state of this stack. If no such edit was made, it does not ask the cluster.
 *
 * @param ask - Asks the cluster of a kubeconfig what machines are to it.
 * @throws Refusal with all faults, before anything is asked of the vCenter.
 */
export async function refuseCripplingEdits(
  environment: Pick<Environment, "nodes" | "kubernetes" | "stack">,
  ask: Ask = (machines, kubeconfig) => membershipsOf(machines, membershipSource(kubeconfig)),
): Promise<void> {
  const faults = await cripplingEdits(environment, ask);
  if (faults.length === 0) {
    return;
  }
  const text = [
    `Pulumi.${environment.stack}.yaml asks for what the running cluster would not survive. Nothing was created or changed.`,
    ...faults.map((fault) => `  ${fault}`),
  ].join("\n");
  if (pulumi.runtime.isDryRun() && process.env[REPORT_VARIABLE] === "1") {
    void pulumi.log.warn(text);
    return;
  }
  throw new Refusal(text);
}

type Ask = (machines: LeavingNode[], kubeconfig: string) => Promise<Map<string, Membership>>;

async function cripplingEdits(environment: Edited, ask: Ask): Promise<string[]> {
  const [own, clusterName] = await Promise.all([
    readStackResources("infra"),
    readClusterName(environment.stack),
  ]);
  if (own.kind === "unreadable") {
    return [`which machines this stack has cannot be read: ${own.why}`];
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
  const leaving = leavingNodes(environment, recorded);
  const renamed = clusterNameFaults(environment, clusterName);
  const unasked = [...roleFaults(environment, recorded), ...restartFaults(environment, recorded)];
  // The state of cluster is long, so it is read only if an edit matters to the cluster.
  return recorded.length === 0 || leaving.length + renamed.length + unasked.length === 0
    ? []
    : faultsBeside(environment, recorded, leaving, renamed, ask);
}

/** The edits that the running cluster, if there is one, would not survive. */
async function faultsBeside(
  environment: Edited,
  recorded: readonly RecordedNode[],
  leaving: readonly LeavingNode[],
  renamed: readonly string[],
  ask: Ask,
): Promise<string[]> {
  const cluster = await readStackResources("cluster");
  if (cluster.kind === "unreadable") {
    const why = `the state of the stack cluster cannot be read: ${cluster.why}`;
    return faultsOf(leaving, () => ({ kind: "unreadable", why }));
  }
  const standing = cluster.kind === "read" ? standingCluster(cluster.resources) : undefined;
  if (standing === undefined) {
    return [];
  }
  const { kubeconfig } = standing;
  const memberships =
    leaving.length > 0 && kubeconfig !== undefined
      ? await ask([...leaving], kubeconfig)
      : undefined;
  const membershipOf = ({ name }: RecordedNode) => memberships?.get(name) ?? NO_KUBECONFIG;
  const remaining = recorded.filter(
    (machine) =>
      !leaving.some(({ name }) => name === machine.name) || membershipOf(machine).kind !== "none",
  );
  return [
    ...renamed,
    ...roleFaults(environment, remaining),
    ...restartFaults(environment, remaining),
    ...faultsOf(leaving, membershipOf),
  ];
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

const NO_KUBECONFIG: Membership = {
  kind: "unreadable",
  why: "the stack cluster stands, and its state has no kubeconfig",
};

function faultsOf(
  leaving: readonly LeavingNode[],
  membershipOf: (machine: LeavingNode) => Membership,
): string[] {
  const lost = lostMachines();
  return leaving.flatMap((machine) => leavingFault(machine, membershipOf(machine), lost) ?? []);
}
