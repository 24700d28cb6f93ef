import type { X509Certificate } from "node:crypto";

/** Hours for which kubeadm's certificates are good, all but those of CAs: its default (`certificateValidityPeriod`). */
const LIFETIME_HOURS = 8760;

/**
 * A certificate with less of its lifetime left is renewed: a third, 121 days. Certificates say when they end, but not for how long they
 * were made: kubeadm lets each of them begin with its CA.
 */
export const RENEW_BELOW_HOURS = Math.floor(LIFETIME_HOURS / 3);

const HOUR = 3_600_000;

/** Whether a certificate is to be renewed. */
export function isDue({ validTo }: Pick<X509Certificate, "validTo">, now: Date): boolean {
  return Date.parse(validTo) - now.getTime() < RENEW_BELOW_HOURS * HOUR;
}
