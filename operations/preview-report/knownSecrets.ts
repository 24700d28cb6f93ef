/** Shorter ones are common words, and would mask half of a report. */
const SHORTEST = 8;

/**
 * All secrets of a stack in clear, to be looked for in a report, and nowhere else.
 *
 * @param state - What `pulumi stack export --show-secrets` printed.
 * @param config - What `pulumi config --show-secrets --json` printed.
 * @param publicText - What everyone may read, such as the environment's file. The engine keeps whole objects secret for one key in
 *   them: an address that is in the file is none.
 */
export function knownSecrets(state: string, config: string, publicText: string): string[] {
  const values = JSON.parse(config) as Record<string, { value?: string; secret?: boolean }>;
  const all = [
    ...secretsOf(JSON.parse(state)),
    ...Object.values(values).flatMap(({ value, secret }) =>
      secret === true && value !== undefined ? [value] : [],
    ),
  ];
  const forms = all.flatMap((secret) => [secret.trim(), ...keyLines(secret)]);
  return [...new Set(forms)].filter(
    (secret) => secret.length >= SHORTEST && !publicText.includes(secret),
  );
}

/** Strings below any value that the state keeps secret; in clear they stand as JSON under `plaintext`. */
function secretsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  if ("plaintext" in value && typeof value.plaintext === "string") {
    return stringsOf(JSON.parse(value.plaintext));
  }
  return Object.values(value).flatMap(secretsOf);
}

function stringsOf(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** The lines of a private key, one by one: where a key is indented, or cut by a hunk, the whole is not found. */
function keyLines(secret: string): string[] {
  return secret.includes("PRIVATE KEY-----")
    ? secret.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line))
    : [];
}
