import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

import type { Fault } from "../faults";

/** A certificate as it stands in the configuration, and what it is for. */
export interface CertificateToCheck {
  /** The configuration's keys of the chain and of the private key, and the one that says they are used. */
  keys: { certificate: string; key: string };
  /** Host name that clients ask for. */
  name: string;
  /** PEM, the server's own certificate first, then those between it and its authority. */
  chain: string;
  /** Private key of the first, PEM, without a passphrase. */
  key: string;
  now: Date;
}

/** Faults that keep clients from accepting a certificate, or the server from using it. They never show the key. */
export function certificateFaults({ keys, name, chain, key, now }: CertificateToCheck): Fault[] {
  const certificates = readCertificates(chain);
  const privateKey = readKey(key);
  const [leaf] = certificates ?? [];
  return [
    ...(certificates === undefined || leaf === undefined
      ? [
          {
            path: keys.certificate,
            value: beginning(chain),
            reason: "cannot be read as certificates in PEM form",
            allowed: `${PEM_BEGIN} ..., the server's own first`,
          },
        ]
      : [...timeFaults(leaf, now), ...nameFaults(leaf, name), ...orderFaults(certificates)].map(
          (fault) => ({ path: keys.certificate, ...fault }),
        )),
    ...(privateKey === undefined
      ? [
          {
            path: keys.key,
            value: "(secret)",
            reason: "cannot be read as a private key in PEM form without a passphrase",
            allowed: "-----BEGIN PRIVATE KEY----- ...",
          },
        ]
      : leaf !== undefined && !leaf.checkPrivateKey(privateKey)
        ? [
            {
              path: keys.key,
              value: "(secret)",
              reason: `is not the key of the first certificate in ${keys.certificate}, ${title(leaf)}`,
              allowed: "the private key that certificate was requested with",
            },
          ]
        : []),
  ];
}

/** A fault whose path is that of the certificate. */
type CertificateFault = Omit<Fault, "path">;

function timeFaults(leaf: X509Certificate, now: Date): CertificateFault[] {
  const [from, to] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  const reason =
    to <= now
      ? `expired on ${to.toISOString()}`
      : from > now
        ? `is valid only from ${from.toISOString()} on`
        : undefined;
  return reason === undefined
    ? []
    : [
        {
          value: title(leaf),
          reason,
          allowed:
            "a certificate that is valid now, or one that the site's own CA makes (certificate: site-ca)",
        },
      ];
}

function nameFaults(leaf: X509Certificate, name: string): CertificateFault[] {
  // No client accepts a server by the subject's common name alone any more.
  return leaf.checkHost(name, { subject: "never" }) !== undefined
    ? []
    : [
        {
          value: title(leaf),
          reason: `does not cover ${name}, but ${leaf.subjectAltName ?? "no name at all"}`,
          allowed: `a certificate with DNS:${name} among its alternative names`,
        },
      ];
}

/** The order matters: clients get the certificates in this order, and not all clients sort them. */
function orderFaults(certificates: readonly X509Certificate[]): CertificateFault[] {
  const misplaced = certificates.findIndex(
    (one, index) => index > 0 && !certificates[index - 1].checkIssued(one),
  );
  return misplaced < 0
    ? []
    : [
        {
          value: title(certificates[misplaced]),
          reason: `is number ${misplaced + 1} of the chain and did not issue number ${misplaced}, ${title(certificates[misplaced - 1])}`,
          allowed: "each certificate followed by the one of its issuer",
        },
      ];
}

const PEM_BEGIN = "-----BEGIN CERTIFICATE-----";
const PEM_BLOCK = new RegExp(`${PEM_BEGIN}[^-]+-----END CERTIFICATE-----`, "g");

/** All certificates of a PEM text, whatever stands between them; undefined when there is none, or one cannot be read. */
export function readCertificates(chain: string): X509Certificate[] | undefined {
  const blocks = chain.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0 || blocks.length !== chain.split(PEM_BEGIN).length - 1) {
    return undefined;
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** A private key in PEM form without a passphrase; undefined when the text is none. */
export function readKey(key: string): KeyObject | undefined {
  try {
    return createPrivateKey(key);
  } catch {
    return undefined;
  }
}

/** One line that identifies a certificate for people. */
function title(certificate: X509Certificate): string {
  return certificate.subject.replaceAll("\n", ", ") || `serial number ${certificate.serialNumber}`;
}

/** The beginning of a text, to show what it is. A private key, in case certificate and key were swapped, is not shown. */
function beginning(chain: string): string {
  const [line] = chain.trim().split("\n");
  return /PRIVATE KEY/.test(chain) ? "(a private key)" : line.slice(0, 40);
}
