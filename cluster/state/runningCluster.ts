import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Environment } from "../../environment/schema";
import { type Answer, ApiReader } from "../../kubernetes/apiReader";
import { readKubeconfig } from "../../kubernetes/kubeconfig";
import { type ClusterNode, listNodes } from "../../kubernetes/nodes";
import type { PreviousOutputs } from "./previousOutputs";
import { renewedSince } from "./renewedCertificate";

/** What the cluster says before this update changes anything. */
export interface Running {
  nodes: Answer<ClusterNode[]>;
  /** Version of the control plane, without a leading v. Read only if the environment wants another version than the recorded one. */
  version?: Answer<string>;
  /** Why the kubeconfig in the state cannot be used; it is then read again from the first control plane. Undefined if it can. */
  brokenKubeconfig?: string;
  /** Fingerprint of the first control plane's renewed certificate, if the kubeconfig is older than it; see renewedSince. */
  renewed?: string;
}

/**
 * Asks the cluster that this stack has recorded. Before the first success, and in an offline preview, there is none to ask.
 *
 * What cannot be read decides nothing: one line reports it, and everything stays as recorded.
 */
export async function readRunning(
  { kubernetes, nodes: machines }: Pick<Environment, "kubernetes" | "nodes">,
  { kubeconfig, kubernetesVersion, joined }: PreviousOutputs,
): Promise<Running | undefined> {
  if (kubeconfig === undefined) {
    return undefined;
  }
  const reader = new ApiReader(kubeconfig);
  const asked = kubernetesVersion !== undefined && kubernetesVersion !== kubernetes.version;
  const [nodes, version] = await Promise.all([
    listNodes(reader),
    asked ? reader.get("/version", versionSchema) : undefined,
  ]);
  const read = readKubeconfig(kubeconfig);
  const first = machines.find(({ role }) => role === "control-plane")?.name ?? "";
  const renewed = renewedSince(reader.servedCertificate, reader.clientCertificate, first);
  const running: Running = {
    nodes,
    ...(renewed === undefined ? {} : { renewed }),
    ...(version === undefined ? {} : { version }),
    ...(read.kind === "broken" ? { brokenKubeconfig: read.why } : {}),
  };
  await report(running);
  if (renewed !== undefined && renewed !== joined[first]?.joinTrigger) {
    await pulumi.log.warn(
      `The certificates of ${first} were renewed; the kubeconfig in the state of this stack is older, and is read again from there.`,
    );
  }
  return running;
}

const versionSchema = z
  .object({ gitVersion: z.string() })
  .transform(({ gitVersion }) => gitVersion.replace(/^v/, ""));

async function report({ nodes, brokenKubeconfig }: Running): Promise<void> {
  if (brokenKubeconfig !== undefined) {
    await pulumi.log.warn(
      `The kubeconfig in the state of this stack cannot be used: ${brokenKubeconfig}. It is read again from the first control plane.`,
    );
  } else if (nodes.kind !== "answered") {
    const why = nodes.kind === "absent" ? "it says that it has no nodes" : nodes.why;
    await pulumi.log.warn(
      `The cluster's API cannot be read, so a Node that was deleted is not noticed, and nothing is decided on it: ${why}`,
    );
  }
}
