import * as pulumi from "@pulumi/pulumi";

import { clusterContract } from "../environment/contracts";
import { type Joined, joinedSchema } from "./occasions";

/** Outputs this stack reads back in the next update; the contract `cluster` is for others too. */
export const CLUSTER_OUTPUT = "cluster";
export const JOINED_OUTPUT = "joined";

/** What this stack recorded when it last succeeded. */
export interface Former {
  /** Machines that have joined; empty before the first success. */
  joined: Joined;
  /** Version of the control plane; undefined before the first success. */
  kubernetesVersion?: string;
}

/**
 * Reads what this stack recorded, from its state alone: also a preview far away from the cluster knows it. What cannot be
 * read counts as nothing recorded.
 */
export async function readFormer(): Promise<Former> {
  const name = `organization/${pulumi.getProject()}/${pulumi.getStack()}`;
  const self = new pulumi.StackReference("self", { name });
  const [joined, cluster] = await Promise.all(
    [JOINED_OUTPUT, CLUSTER_OUTPUT].map((output) => self.getOutputDetails(output)),
  );
  const readJoined = joinedSchema.safeParse(joined?.value);
  // Only this key: an older program recorded less of the others.
  const readCluster = clusterContract
    .pick({ kubernetesVersion: true })
    .strip()
    .safeParse(cluster?.value);
  return {
    joined: readJoined.success ? readJoined.data : {},
    ...(readCluster.success ? { kubernetesVersion: readCluster.data.kubernetesVersion } : {}),
  };
}
