import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { clusterContract } from "../../environment/contracts";

/** Outputs this stack reads back in the next update; the contract `cluster` is for others too. */
export const CLUSTER_OUTPUT = "cluster";
export const JOINED_OUTPUT = "joined";
export const KUBECONFIG_OUTPUT = "kubeconfig";
export const MADE_OUTPUT = "made";

/** With what a cluster was made and cannot change while it lives. */
const madeSchema = z.object({
  /** See unchangeableFacts. */
  facts: z.record(z.string(), z.string()),
  /** Role of each node, by its name. */
  roles: z.record(z.string(), z.string()),
});
export type Made = z.output<typeof madeSchema>;

/** The form in which a finished update records which machines have joined, and on which occasion each was given its token. */
export const joinedSchema = z.record(
  z.string(),
  z.object({ vmId: z.string(), occasion: z.string() }),
);

/** Machines that have joined, by node name. */
export type Joined = z.output<typeof joinedSchema>;

/** What this stack recorded when it last succeeded. What an older program did not record is undefined. */
export interface Former {
  /** Machines that have joined; empty before the first success. */
  joined: Joined;
  /** Version of the control plane; undefined before the first success. */
  kubernetesVersion?: string;
  clusterName?: string;
  made?: Made;
  /** Kubeconfig of an administrator, in plain: only for asking the API. Undefined before the first success. */
  kubeconfig?: string;
}

/**
 * Reads what this stack recorded, from its state alone: also a preview far away from the cluster knows it. What cannot be
 * read counts as nothing recorded.
 */
export async function readFormer(): Promise<Former> {
  const name = `organization/${pulumi.getProject()}/${pulumi.getStack()}`;
  const self = new pulumi.StackReference("self", { name });
  const [joined, cluster, made, kubeconfig] = await Promise.all(
    [JOINED_OUTPUT, CLUSTER_OUTPUT, MADE_OUTPUT, KUBECONFIG_OUTPUT].map((output) =>
      self.getOutputDetails(output),
    ),
  );
  const readJoined = joinedSchema.safeParse(joined?.value);
  // Only these keys, and each by itself: an older program recorded less of the others.
  const { kubernetesVersion, clusterName } = clusterContract.shape;
  const recorded = z.object({}).loose().safeParse(cluster?.value).data ?? {};
  return {
    joined: readJoined.success ? readJoined.data : {},
    kubernetesVersion: kubernetesVersion.safeParse(recorded["kubernetesVersion"]).data,
    clusterName: clusterName.safeParse(recorded["clusterName"]).data,
    made: madeSchema.safeParse(made?.value).data,
    kubeconfig: z.string().min(1).safeParse(kubeconfig?.secretValue).data,
  };
}
