import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { isStep } from "../../pulumi/recordedCluster";
import { Refusal } from "../../pulumi/refusal";
import { readStackResources } from "../../pulumi/stackResources";
import type { Machine } from "../node/machine";
import type { PreviousOutputs } from "./previousOutputs";

/**
 * Says which nodes leave the cluster in this update. It reads the state of this stack only if some do.
 *
 * @throws Refusal when the state has no step with which one of them leaves: an older program has brought the cluster up, and what it
 * has recorded would reset the machine without draining it, and leave its vote in etcd.
 */
export async function tellWhoLeaves(
  { stack }: Pick<Environment, "stack">,
  { joined, immutableSettings, leader }: PreviousOutputs,
  machines: readonly Machine[],
): Promise<void> {
  const recorded = new Set([
    ...Object.keys(joined),
    ...Object.keys(immutableSettings?.roles ?? {}),
  ]);
  const gone = [...recorded].filter((name) => !machines.some(({ node }) => node.name === name));
  if (gone.length === 0) {
    return;
  }
  const own = await readStackResources("cluster");
  const resources = own.kind === "read" ? own.resources : [];
  const has = (what: string, node: string) =>
    resources.some(({ urn }) => isStep(urn, `${what}-${node}`));
  // A killed update may have taken a node out, and left steps that are deleted after that. The join is deleted before. The control plane
  // that made the cluster has none; then the older program has recorded no leader either.
  const unprepared = gone.filter(
    (node) =>
      has("prepare", node) && !has("leave", node) && (has("join", node) || leader === undefined),
  );
  if (unprepared.length > 0) {
    throw new Refusal(
      `${unprepared.join(", ")}: an older version of these programs has brought it into the cluster, and its state has no step with which it leaves. Nothing was changed.\n` +
        `List it in Pulumi.${stack}.yaml as it was, and bring the site up once: make up ENV=${stack}. Then take it out again.`,
    );
  }
  const leaving = gone.filter((node) => has("leave", node));
  if (leaving.length > 0) {
    await pulumi.log.info(
      `${leaving.join(", ")}: leaves the cluster at the end of this update: drained, without a vote in etcd, then reset.`,
    );
  }
}
