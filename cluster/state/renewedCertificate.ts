import type { X509Certificate } from "node:crypto";

import { plainFingerprint } from "../../lib/certificateFingerprint";

/** Milliseconds by which certificates of one `kubeadm init` may differ: it creates them one after the other. */
const TOGETHER = 60_000;

/**
 * Tells that the kubeconfig in the state is older than the certificates of the machine it was read from: `kubeadm certs renew`
 * renews admin.conf together with the API server's certificate.
 *
 * It compares when they end, not when they begin: kubeadm lets all of them begin with their CA. It looks only at the certificate of
 * that machine: behind the load balancer another control plane may answer, which has renewed its own certificates.
 *
 * @param served - What the API server serves, verified by the cluster's CA.
 * @param client - The kubeconfig's own.
 * @param machine - Name of the first control plane.
 * @returns The served certificate's fingerprint, so that one certificate is a reason only once. Undefined while the kubeconfig is as
 * new, or when that cannot be told.
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
