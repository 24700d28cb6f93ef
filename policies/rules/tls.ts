import type { ResourcePolicy } from "../policy";
import { type Inputs, texts } from "../resource";

/** Switches that let any certificate pass, in inputs and in the files and commands that inputs carry. */
const SWITCHES: RegExp[] = [
  /--insecure-skip-tls-verify\b(?!=false)/,
  /--kubelet-insecure-tls\b(?!=false)/,
  /--discovery-token-unsafe-skip-ca-verification\b(?!=false)/,
  // What stands before the switch may be a password, and what is found is shown.
  /(?<=\b(curl|wget)\b[^\n|;]*\s)(-[a-zA-Z]*k|--insecure|--no-check-certificate)\b/,
  /\bStrictHostKeyChecking[= ](no|off|accept-new)\b/i,
  /\binsecure-?skip-?(tls-?)?verify["']?\s*[:=]\s*["']?true\b/i,
  /\binsecure-?flag["']?\s*[:=]\s*["']?(true|1)\b/i,
  /\b(skip_verify|tls_skip_verify)\s*=\s*true\b/,
  /\bssl verify none\b|\bverify none\b/,
  /\bverify_(incoming|outgoing|server_hostname)["']?\s*[:=]\s*false\b/,
];

/** Inputs that let any certificate pass when they are true. */
const KEYS =
  /^(allowUnverifiedSsl|insecure|insecureSkipVerify|insecureSkipTLSVerify|skipTlsVerify)$/i;

function switchesOn(value: unknown, path: string[] = []): string[] {
  if (typeof value !== "object" || value === null) {
    const key = path.at(-1) ?? "";
    return KEYS.test(key) && (value === true || value === "true") ? [path.join(".")] : [];
  }
  return Object.entries(value as Inputs).flatMap(([key, inner]) =>
    switchesOn(inner, [...path, key]),
  );
}

/** Every switch in a text once. */
function switchesIn(text: string): string[] {
  const found = SWITCHES.map((pattern) => pattern.exec(text)?.[0]);
  return [...new Set(found.filter((one) => one !== undefined))];
}

export const verifiedTls: ResourcePolicy = {
  name: "verified-tls",
  description: "Every certificate is verified.",
  level: "mandatory",
  check: ({ inputs }) => [
    ...switchesOn(inputs).map((path) => ({
      about: path,
      message: `The input ${path} lets any certificate pass: give the certificate of the authority instead.`,
    })),
    ...texts(inputs).flatMap(({ path, value }) =>
      switchesIn(value).map((found) => ({
        about: `${path.join(".")}: ${found}`,
        message: `The input ${path.join(".")} has "${found}", which lets any certificate pass: give the certificate of the authority instead.`,
      })),
    ),
  ],
};
