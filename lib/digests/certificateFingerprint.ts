import { X509Certificate } from "node:crypto";

/** SHA-256 of the first certificate of a PEM text, in lower-case hexadecimal digits. */
export function fingerprintOf(pem: string): string {
  return plainFingerprint(new X509Certificate(pem).fingerprint256);
}

/** As much of a fingerprint as tells two certificates apart. */
export function shortFingerprint(sha256: string): string {
  return sha256.slice(0, 12);
}

/** A fingerprint as TLS libraries print it (AA:BB:...) in the form of the contracts. */
export function plainFingerprint(printed: string): string {
  return printed.replaceAll(":", "").toLowerCase();
}
