import { OperatorError } from "../../../lib/operatorError";
import type { Backend } from "./backend";

/** Milliseconds after which a backend that is asked a small question does not answer. */
export const BACKEND_MS = 30_000;

/** Variables with which the engine enters backends: their values are never printed. */
const SECRET_VARIABLES = [
  "PGPASSWORD",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "PULUMI_ACCESS_TOKEN",
];

/** A text without the secrets with which these variables enter a backend. */
export function withoutCredentials(text: string, variables: NodeJS.ProcessEnv): string {
  return SECRET_VARIABLES.map((name) => variables[name] ?? "")
    .filter((value) => value !== "")
    .flatMap((value) => [value, encodeURIComponent(value)])
    .reduce((rest, value) => rest.replaceAll(value, "****"), text);
}

/** What an answer of a backend means, and what is to be done; the first that fits. */
const CAUSES: { sign: RegExp; next: (protocol: string) => string }[] = [
  {
    // For stores that are not AWS the engine writes UNSIGNED-PAYLOAD in the place of a checksum, which some take for a wrong one.
    sign: /checksum/i,
    next: () => "append &request_checksum_calculation=when_supported to the backend's URL",
  },
  {
    sign: /unexpected end of JSON input/,
    next: () =>
      "take another store: this one lists a folder as an empty object, which the engine takes for a lock (docs/state.md)",
  },
  {
    sign: /NoSuchBucket|bucket does not exist|database "[^"]*" does not exist/i,
    next: () => "have the bucket or database made, or correct its name: the engine makes neither",
  },
  {
    sign: /password authentication failed|no pg_hba|InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Forbidden|permission denied|credentials|Unauthorized|\b401\b/i,
    next: (protocol) =>
      `set the credentials in this shell: ${CREDENTIALS[protocol] ?? "those of that backend"}`,
  },
  {
    sign: /connection refused|no such host|i\/o timeout|timeout|timed out|deadline exceeded|unreachable|no answer within|no route/i,
    next: () =>
      "see that its host and port are reached from here (name, firewall, VPN, TLS or not), then type the same command again",
  },
];

const CREDENTIALS: Record<string, string> = {
  "s3:": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
  "postgres:": "PGPASSWORD or PGPASSFILE; the user stands in the URL, or in PGUSER",
  "https:": "PULUMI_ACCESS_TOKEN",
};

/**
 * The error about a backend that does not answer, or refuses.
 *
 * @param answer - What the engine said of it, without credentials.
 */
export function backendError(
  { backendUrl }: Pick<Backend, "backendUrl">,
  answer: string,
): OperatorError {
  const protocol = URL.canParse(backendUrl) ? new URL(backendUrl).protocol : "";
  const cause = CAUSES.find(({ sign }) => sign.test(answer));
  return new OperatorError({
    what: "The state backend does not answer, or refuses. Nothing was changed.",
    where: backendUrl,
    why: answer.trim().split("\n").slice(-4).join("\n"),
    next: cause?.next(protocol) ?? "check PULUMI_BACKEND_URL and its credentials",
  });
}
