/** Who may do what in Consul: everything that is not allowed here is denied, to strangers as to our own. */

/** Prefix of all keys Traefik reads. */
export const TRAEFIK_KEYS = "traefik/";

/** Prefix of certificates in the KV store, by number. */
export const CERTIFICATE_KEYS = `${TRAEFIK_KEYS}tls/certificates/`;

/** A token's rights. Policy and token have the same name. */
export interface Access {
  name: string;
  /** What it is for, as the UI shows it. */
  purpose: string;
  /** Rules in Consul's notation. */
  rules: string;
}

/** Prefix for the descriptions of what we made. It marks what we may remove again. */
export const OURS = "sitewright: ";

/**
 * All tokens but the management token.
 *
 * There is none for backups: Consul requires the right to write ACLs for saving and restoring, since a snapshot contains them all
 * (agent/consul/snapshot_endpoint.go), and a token with that right may do everything.
 */
export const ACCESS: readonly Access[] = [
  {
    name: "agent",
    purpose: "the servers, to register themselves",
    rules: rules(
      'node_prefix "consul-" { policy = "write" }',
      'service_prefix "" { policy = "read" }',
    ),
  },
  {
    name: "dns",
    purpose: "answers of the DNS, for those who have no token",
    rules: rules('node_prefix "" { policy = "read" }', 'service_prefix "" { policy = "read" }'),
  },
  {
    // Its provider reads and watches keys, and takes no lock.
    name: "traefik",
    purpose: "Traefik, to read its certificates",
    rules: rules(`key_prefix "${TRAEFIK_KEYS}" { policy = "read" }`),
  },
  {
    name: "kv-writer",
    purpose: "the tasks that write certificates",
    rules: rules(`key_prefix "${CERTIFICATE_KEYS}" { policy = "write" }`),
  },
  {
    name: "ui",
    purpose: "operators, to look around in the UI",
    rules: rules(
      'key_prefix "" { policy = "read" }',
      // Private keys are among them.
      `key_prefix "${CERTIFICATE_KEYS}" { policy = "deny" }`,
      'node_prefix "" { policy = "read" }',
      'service_prefix "" { policy = "read" }',
      'agent_prefix "" { policy = "read" }',
      'session_prefix "" { policy = "read" }',
      'operator = "read"',
    ),
  },
];

function rules(...lines: string[]): string {
  return `${lines.join("\n")}\n`;
}
