import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Environment } from "../../environment/schema";
import { type Answer, ApiReader } from "../../kubernetes/apiReader";
import { readKubeconfig } from "../../kubernetes/kubeconfig";
import { type ClusterNode, listNodes } from "../../kubernetes/nodes";
import type { Former } from "./previousOutputs";
import { renewedSince } from "./renewedCertificate";

/** What the cluster says before this update changes anything. */
export interface Running {
  nodes: Answer<ClusterNode[]>;
  /** Version of the control plane, without a leading v; asked for only where the environment wants another than the recorded one. */
  version?: Answer<string>;
  /** Why the kubeconfig in the state cannot be used, where that is so: it is then read again from the first control plane. */
  brokenKubeconfig?: string;
  /** Since which certificate of the first control plane's API server the kubeconfig is out of date; see renewedSince. */
  renewed?: string;
}

/**
 * Asks the cluster that this stack has recorded. Before a first success, and in an offline preview, there is none, and nobody is asked.
 *
 * What cannot be read decides nothing: it is said in one line, and all stays as it was recorded.
 */
export async function readRunning(
  { kubernetes, nodes: machines }: Pick<Environment, "kubernetes" | "nodes">,
  { kubeconfig, kubernetesVersion, joined }: Former,
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
  if (renewed !== undefined && renewed !== joined[first]?.occasion) {
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
