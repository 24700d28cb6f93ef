import { z } from "zod";

import type { StackResource } from "./stackResources";

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
 * The machine that a resource of the stack cluster prepares: that is the first step on a machine, and the last that is deleted. Undefined
 * for every other resource. Older programs put the cluster's name before it.
 */
export function machineOfFirstStep(urn: string): string | undefined {
  return /(?:^|-)prepare-(.+)$/.exec(urn.split("::").at(-1) ?? "")?.[1];
}

/** A first update that did not finish has no outputs, but it has the step that printed the kubeconfig. */
function printed(resources: readonly StackResource[]): string | undefined {
  const stdout = resources.find(({ urn }) => urn.endsWith("-initialize"))?.outputs["stdout"];
  return typeof stdout === "string" ? stdout : undefined;
}
