import { X509Certificate } from "node:crypto";

import { CronExpressionParser } from "cron-parser";
import ipaddr from "ipaddr.js";
import semver from "semver";
import { z } from "zod";

import { CPU_PATTERN, MEMORY_PATTERN } from "./quantities";

/**
 * The small vocabulary of an environment file: each field type is a zod schema whose message says what is allowed.
 * The site is IPv4 only, as its NAS, its firewall and its pod networks are.
 */

/** A DNS-1123 label, the form Kubernetes asks of node and namespace names: at most 63 characters. */
export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "a DNS-1123 label: 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit",
  );

/** A DNS-1123 subdomain such as `coolcorp.priv`: at most 253 characters. */
export const dnsName = z
  .string()
  .max(253, "a DNS name of at most 253 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/,
    "a lower-case DNS name such as kube.coolcorp.priv",
  );

/** A user name Linux distributions accept; `root` is refused because root never logs in. */
export const userName = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,31}$/,
    "a Linux user name: at most 32 lower-case letters, digits, _ and -",
  )
  .refine((name) => name !== "root", "a named user other than root: root never logs in");

/** One IPv4 address in dotted form. */
export const ipv4Address = z
  .string()
  .refine(
    (text) => ipaddr.IPv4.isValidFourPartDecimal(text),
    "an IPv4 address such as 192.168.10.45",
  );

/** One IPv4 network whose host bits are zero, such as 192.168.10.0/24. */
export const ipv4Network = z
  .string()
  .refine(isNetwork, "an IPv4 network with its host bits zero, such as 192.168.10.0/24");

function isNetwork(text: string): boolean {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
    return false;
  }
  const [address] = ipaddr.IPv4.parseCIDR(text);
  return ipaddr.IPv4.networkAddressFromCIDR(text).toString() === address.toString();
}

/** A complete version without a leading v, such as 1.27.16. */
export const version = z
  .string()
  .refine(
    (text) => semver.valid(text) === text,
    'a complete version, quoted and without a leading v, such as "1.27.16"',
  );

/** A TCP or UDP port. */
export const port = z
  .int("a port from 1 to 65535")
  .min(1, "a port from 1 to 65535")
  .max(65535, "a port from 1 to 65535");

/** The range kube-apiserver hands out to Services of type NodePort unless told otherwise. */
export const nodePort = z
  .int("a node port from 30000 to 32767")
  .min(30000, "a node port from 30000 to 32767")
  .max(32767, "a node port from 30000 to 32767");

/** A count of at least one. */
export const atLeastOne = z
  .int("a whole number of at least 1")
  .min(1, "a whole number of at least 1");

/** A count that may be zero. */
export const count = z.int("a whole number, 0 or more").min(0, "a whole number, 0 or more");

/** CPU in cores, in Kubernetes' notation. */
export const cpuAmount = z
  .string()
  .regex(CPU_PATTERN, 'CPUs as quoted text, more than none, such as "2", "1.5" or "500m"');

/** Memory, in Kubernetes' notation. */
export const memoryAmount = z
  .string()
  .regex(MEMORY_PATTERN, "memory in whole Mi, Gi or Ti, such as 512Mi or 2Gi");

/** Digest of a certificate: SHA-1 or SHA-256. */
export const thumbprint = z
  .string()
  .regex(
    /^(?:[0-9A-Fa-f]{2}:?){19}[0-9A-Fa-f]{2}$|^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/,
    "SHA-1 or SHA-256 of a certificate: 20 or 32 bytes in hexadecimal, such as AB:CD:…",
  );

/** Text that is not empty. */
export const text = z.string().min(1, "text that is not empty");

/** Labels of Kubernetes objects: qualified name to value. The value may be empty. */
export const labels = z.record(
  z
    .string()
    .regex(
      /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
      "a label key: [prefix/]name, the name at most 63 characters",
    ),
  z
    .string()
    .regex(
      /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
      "a label value: quoted text of at most 63 letters, digits, -, _ and .",
    ),
);

/** When something recurs: minute, hour, day of the month, month, day of the week; UTC. */
export const cronSchedule = z
  .string()
  .refine(isSchedule, 'five fields of cron, such as "0 2 * * *" for every day at two');

/** The parser knows more than Kubernetes does: seconds, L, #. */
function isSchedule(text: string): boolean {
  try {
    CronExpressionParser.parse(text, { tz: "UTC" });
    return /^([0-9*,/-]+ ){4}[0-9*,/-]+$/.test(text);
  } catch {
    return false;
  }
}

/** An image with its registry and without a tag, so that no engine completes it by guessing. */
export const imageName = z
  .string()
  .regex(
    /^[a-z0-9.-]+\.[a-z]+(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/,
    "an image with its registry and without a tag, such as docker.io/library/traefik",
  );

/** What an image must be made of, whatever its tag says. */
export const imageDigest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "a digest: sha256: and 64 lower-case hexadecimal digits");

/** One or several certificates, PEM, and nothing else. */
export const certificates = z
  .string()
  .refine(areCertificates, "certificates in PEM, -----BEGIN CERTIFICATE----- and so on");

function areCertificates(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    blocks.forEach((block) => new X509Certificate(block));
  } catch {
    return false;
  }
  return (
    blocks.length > 0 && text.trim().replace(/\s+/g, "") === blocks.join("").replace(/\s+/g, "")
  );
}
