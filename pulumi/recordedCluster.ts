import { z } from "zod";

import type { StackResource } from "./stackResources";
import { nameOf } from "./urn";

/** What the state of the stack cluster says of the cluster. */
export interface StandingCluster {
  /** Administrator's kubeconfig. Secret. Undefined as long as there is no cluster. */
  kubeconfig?: string;
}

const outputsSchema = z.object({
  kubeconfig: z.string().optional().catch(undefined),
});

/** The cluster in the state of the stack cluster. Undefined if the stack has no resources. */
export function standingCluster(resources: readonly StackResource[]): StandingCluster | undefined {
  // The engine's own entries, such as a StackReference that a refused `up` leaves, do not count as resources.
  if (resources.every(({ type }) => type.startsWith("pulumi:"))) {
    return undefined;
  }
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const { kubeconfig = printed(resources) } = outputsSchema.parse(root?.outputs ?? {});
  return kubeconfig === undefined ? {} : { kubeconfig };
}

/**
 * The machine that a resource of the stack cluster prepares: that is the first step that changes a machine, and the last that is
 * deleted there. Undefined
 * for every other resource. Older programs put the cluster's name before it.
 */
export function machineOfFirstStep(urn: string): string | undefined {
  return /(?:^|-)prepare-(.+)$/.exec(nameOf(urn))?.[1];
}

/**
 * Whether a resource of the stack cluster is a step, such as `initialize` or `leave-<machine>`. Older programs put the cluster's name
 * before it.
 */
export function isStep(urn: string, step: string): boolean {
  const name = nameOf(urn);
  return name === step || name.endsWith(`-${step}`);
}

/** The cluster's name, where older programs have put it before the names of resources. Undefined if there are no such names. */
export function formerClusterName(resources: readonly StackResource[]): string | undefined {
  for (const { urn } of resources) {
    const machine = machineOfFirstStep(urn);
    const name = nameOf(urn).slice(0, -`-prepare-${machine}`.length);
    if (machine !== undefined && name !== "") {
      return name;
    }
  }
  return undefined;
}

/** A first update that did not finish has no outputs, but it has the step that printed the kubeconfig. */
function printed(resources: readonly StackResource[]): string | undefined {
  const stdout = resources.find(({ urn }) => isStep(urn, "initialize"))?.outputs["stdout"];
  return typeof stdout === "string" ? stdout : undefined;
}
