/**
 * TLS of every server that Kubernetes brings: 1.2 at least, and for 1.2 only suites with forward secrecy and authenticated
 * encryption. TLS 1.3 has its own suites, which cannot be chosen. Names as Go has them.
 * @see https://datatracker.ietf.org/doc/html/rfc9325#section-4.2
 */
export const TLS_CIPHER_SUITES = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
] as const;

/** The oldest version, as Kubernetes' programs call it. */
export const TLS_MIN_VERSION = "VersionTLS12";

/** The same as etcd calls it. */
export const ETCD_TLS_MIN_VERSION = "TLS1.2";
