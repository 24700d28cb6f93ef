import { z } from "zod";

import type { Answer, ApiReader } from "./apiReader";

/** Annotation of a Node object with the UUID of the machine it was made for: another UUID means a stale object. */
export const VM_ID_ANNOTATION = "sitewright/vm-id";

/** Label of a control plane's Node, by kubeadm. */
const CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane";

/** What the cluster knows of one node. */
export interface ClusterNode {
  name: string;
  /** UID of the Node object: another one means that the Node was created again. */
  uid: string;
  /** UUID of the machine that the Node belongs to. Undefined before these programs have annotated it. */
  vmId?: string;
  /** UUID that the machine's firmware has told the kubelet. */
  systemUUID: string;
  isControlPlane: boolean;
  ready: boolean;
  /** Version of its kubelet, without a leading v. */
  kubeletVersion: string;
}

const nodeListSchema = z.object({
  kind: z.literal("NodeList"),
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        nodeInfo: z.object({ systemUUID: z.string(), kubeletVersion: z.string() }),
      }),
    }),
  ),
});

/** Lists all nodes of the cluster through its API. */
export async function listNodes(reader: ApiReader): Promise<Answer<ClusterNode[]>> {
  const answer = await reader.get("/api/v1/nodes", nodeListSchema);
  return answer.kind !== "answered"
    ? answer
    : {
        kind: "answered",
        value: answer.value.items.map(({ metadata, status }) => ({
          name: metadata.name,
          uid: metadata.uid,
          ...(metadata.annotations[VM_ID_ANNOTATION] === undefined
            ? {}
            : { vmId: metadata.annotations[VM_ID_ANNOTATION] }),
          systemUUID: status.nodeInfo.systemUUID,
          isControlPlane: CONTROL_PLANE_LABEL in metadata.labels,
          ready: status.conditions.some(
            ({ type, status: is }) => type === "Ready" && is === "True",
          ),
          kubeletVersion: status.nodeInfo.kubeletVersion.replace(/^v/, ""),
        })),
      };
}
