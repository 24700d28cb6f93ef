/** Stands where a secret was. */
export const MASK = "(masked: this looks like a secret)";

/**
 * What is a secret by its form. The engine masks what is marked as one; this is for what is not marked.
 * Forms: PEM (RFC 7468), Kubernetes' bootstrap tokens and kubeconfig, kubeadm's certificate key, JSON web tokens (RFC 7519),
 * and passwords in an address. A bootstrap token without a digit, one in 180, passes for a host's name.
 */
const PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<![a-z0-9.])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![a-z0-9.])/g,
  /(?<=\b(?:client-key-data|certificate-?key)["']?[ :=]+["']?)[A-Za-z0-9+/=]{32,}/gi,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/g,
  /(?<=:\/\/[^\s/:@]+:)[^\s/@]+(?=@)/g,
];

/** Masks what is a secret by its form. */
export function scrubPatterns(text: string): string {
  return PATTERNS.reduce((rest, pattern) => rest.replace(pattern, MASK), text);
}

/**
 * Masks that, and every value that is known to be secret, also in base64.
 * @param known - From knownSecrets.ts; each long enough not to be a common word.
 */
export function scrub(text: string, known: readonly string[] = []): string {
  const forms = known.flatMap((value) => [value, Buffer.from(value).toString("base64")]);
  // The longest first: one secret may be in another.
  const ordered = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return scrubPatterns(ordered.reduce((rest, form) => rest.replaceAll(form, MASK), text));
}

/** How many values were masked in a text. Each is a defect: something holds a secret in clear. */
export function countMasked(text: string): number {
  return text.split(MASK).length - 1;
}
