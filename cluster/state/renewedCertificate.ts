import type { X509Certificate } from "node:crypto";

import { plainFingerprint } from "../../lib/certificateFingerprint";

/** Milliseconds by which certificates that are made together may differ: `kubeadm init` makes them one after the other. */
const TOGETHER = 60_000;

/**
 * Tells that the kubeconfig in the state is older than the certificates of the machine it was read from: `kubeadm certs renew`
 * renews admin.conf together with the API server's certificate.
 *
 * By when they end, not by when they begin: kubeadm has let all begin with their CA. And by the certificate of that machine
 * only: behind the load balancer another control plane may answer, which has renewed its own.
 *
 * @param served - What the API server serves, verified by the cluster's CA.
 * @param client - The kubeconfig's own.
 * @param machine - Name of the first control plane.
 * @returns The served certificate's fingerprint: one is a reason once. Undefined while the kubeconfig is as new, or that cannot be told.
 */
export function renewedSince(
  served: X509Certificate | undefined,
  client: X509Certificate | undefined,
  machine: string,
): string | undefined {
  const isItsOwn = served?.checkHost(machine, { subject: "never" }) !== undefined;
  if (served === undefined || client === undefined || !isItsOwn) {
    return undefined;
  }
  const later = Date.parse(served.validTo) - Date.parse(client.validTo);
  return later > TOGETHER ? plainFingerprint(served.fingerprint256) : undefined;
}
