import type { local, remote } from "@pulumi/command";
import { NodePatch } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { VM_ID_ANNOTATION } from "../../kubernetes/nodes";
import { sha256 } from "../../lib/digests/sha256";
import { nodeLabels, workerTaints } from "./kubelet";
import type { Machine } from "./machine";

/** The nodes of a cluster and the steps that made them members. */
export interface NodesArgs {
  environment: Environment;
  machines: Machine[];
  /** By node name. */
  members: Readonly<Record<string, remote.Command>>;
  /** The steps that take them out of the cluster, by node name. */
  leaves: Readonly<Record<string, local.Command>>;
}

/** Annotation with the hash of what a node was given. */
const REVISION_ANNOTATION = "sitewright/revision";

/** Seconds a member may take to be ready: images of the pod network, its start, the kubelet's report. */
const READY_SECONDS = 300;

/**
 * Gives every node the labels and taints of the environment, and waits until it is ready. One patch for each node, because
 * taints are one list. If a zone has no taints, the list is left alone, because Kubernetes itself writes taints to it too.
 */
export function nodes(
  name: string,
  { environment, machines, members, leaves }: NodesArgs,
  opts: pulumi.CustomResourceOptions,
): NodePatch[] {
  return machines.map(({ node, vmId, joinTrigger, isLost = false }) => {
    const taints = workerTaints(environment, node);
    const labels = {
      // The control plane's own role label is kubeadm's.
      ...(node.role === "worker" ? { "node-role.kubernetes.io/worker": "" } : {}),
      ...nodeLabels(environment, node),
    };
    // The join trigger is part of it, since a new Node has no labels, taints or annotation.
    const content = sha256(JSON.stringify([vmId, labels, taints, joinTrigger]));
    const [member, leave] = [members[node.name], leaves[node.name]];
    // With a value that is unknown in a preview, the preview does not look for the Node that is not there yet.
    const revision = isLost ? pulumi.unsecret(member.stdout.apply(() => content)) : content;
    return new NodePatch(
      `${name}-${node.name}`,
      {
        metadata: {
          name: node.name,
          labels,
          annotations: {
            [VM_ID_ANNOTATION]: vmId,
            // The kubelet set some of the same labels when it registered; this patch takes them over.
            "pulumi.com/patchForce": "true",
            [REVISION_ANNOTATION]: revision,
            // The provider records the node as its watch shows it, which may be a moment older than the patch; then the next
            // update would change it again. With the revision it waits for the patched node.
            "pulumi.com/waitFor": pulumi.jsonStringify([
              "condition=Ready",
              pulumi.interpolate`jsonpath={.metadata.annotations["${REVISION_ANNOTATION}"]}=${revision}`,
            ]),
            "pulumi.com/timeoutSeconds": `${READY_SECONDS}`,
          },
        },
        ...(taints.length === 0 ? {} : { spec: { taints } }),
      },
      pulumi.mergeOptions(opts, { dependsOn: [member, leave], deletedWith: leave }),
    );
  });
}
