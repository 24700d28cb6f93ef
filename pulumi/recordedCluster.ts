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

/** The cluster that the resources of the stack cluster stand for; undefined where the stack has none of its own. */
export function standingCluster(resources: readonly StackResource[]): StandingCluster | undefined {
  // The engine's own entries, such as a StackReference that a refused `up` leaves, are nothing that stands anywhere.
  if (resources.every(({ type }) => type.startsWith("pulumi:"))) {
    return undefined;
  }
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const { kubeconfig = printed(resources) } = outputsSchema.parse(root?.outputs ?? {});
  return kubeconfig === undefined ? {} : { kubeconfig };
}

/** A first update that did not finish has no outputs, but the step that printed the kubeconfig. */
function printed(resources: readonly StackResource[]): string | undefined {
  const stdout = resources.find(({ urn }) => urn.endsWith("-initialize"))?.outputs["stdout"];
  return typeof stdout === "string" ? stdout : undefined;
}
