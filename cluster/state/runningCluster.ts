import type { X509Certificate } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Environment } from "../../environment/schema";
import { type Answer, ApiReader } from "../../kubernetes/apiReader";
import { type ClusterNode, listNodes } from "../../kubernetes/nodes";
import { plainFingerprint } from "../../lib/digests/certificateFingerprint";
import { isDue } from "../certificates/lifetime";
import type { PreviousOutputs } from "./previousOutputs";

/** What the cluster says before this update changes anything. */
export interface Running {
  nodes: Answer<ClusterNode[]>;
  /** Version of the control plane, without a leading v. Read only if the environment wants another version than the recorded one. */
  version?: Answer<string>;
  /** Why the kubeconfig in the state cannot be used; the first control plane then gives one that can. Undefined if it can. */
  brokenKubeconfig?: string;
  /** Fingerprint of the kubeconfig's client certificate, if it is due; the first control plane then issues another one. */
  dueKubeconfig?: string;
  /**
   * Fingerprint of the API server's certificate, if it is due although a timer should have renewed it; the time of this update, if it
   * has expired. Then a stranger may have served it: the control planes only look at their own, and renew what is due.
   */
  dueCertificate?: string;
}

/**
 * Asks the cluster that this stack has recorded. Before the first success, and in an offline preview, there is none to ask.
 *
 * What cannot be read decides nothing: one line reports it, and everything stays as recorded.
 */
export async function readRunning(
  { kubernetes }: Pick<Environment, "kubernetes">,
  { kubeconfig, kubernetesVersion, renewal }: PreviousOutputs,
  now: string,
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
  const brokenKubeconfig = reader.fault || refusal(nodes);
  const dueKubeconfig = dueFingerprint(reader.clientCertificate, now);
  const hasExpired = nodes.kind === "unreadable" && nodes.code === "CERT_HAS_EXPIRED";
  const dueCertificate = hasExpired ? now : dueFingerprint(reader.servedCertificate, now);
  const running: Running = {
    nodes,
    ...(version === undefined ? {} : { version }),
    ...(brokenKubeconfig === undefined ? {} : { brokenKubeconfig }),
    ...(dueKubeconfig === undefined ? {} : { dueKubeconfig }),
    ...(dueCertificate === undefined ? {} : { dueCertificate }),
  };
  await report(running);
  if (dueCertificate !== undefined && dueCertificate !== renewal) {
    await pulumi.log.warn(
      "An API server's certificate is due, and its control plane has not renewed it by itself: all control planes look for what is due now.",
    );
  }
  return running;
}

/** Why a server that the cluster's CA has authenticated gives no access; undefined if none has said so. */
function refusal(nodes: Running["nodes"]): string | undefined {
  return nodes.kind === "unreadable" && (nodes.status === 401 || nodes.status === 403)
    ? nodes.why
    : undefined;
}

function dueFingerprint(certificate: X509Certificate | undefined, now: string): string | undefined {
  return certificate !== undefined && isDue(certificate, new Date(now))
    ? plainFingerprint(certificate.fingerprint256)
    : undefined;
}

const versionSchema = z
  .object({ gitVersion: z.string() })
  .transform(({ gitVersion }) => gitVersion.replace(/^v/, ""));

async function report({ nodes, brokenKubeconfig }: Running): Promise<void> {
  if (brokenKubeconfig !== undefined) {
    await pulumi.log.warn(
      `The kubeconfig in the state of this stack cannot be used: ${brokenKubeconfig}. The first control plane is asked for another one.`,
    );
  } else if (nodes.kind !== "answered") {
    const why = nodes.kind === "absent" ? "it says that it has no nodes" : nodes.why;
    await pulumi.log.warn(
      `The cluster's API cannot be read, so a Node that was deleted is not noticed, and nothing is decided on it: ${why}`,
    );
  }
}
