import { CERTIFICATE_KEYS } from "../acl";
import { SERVER_LABELS } from "../consulNames";
import type { Kubectl, KubernetesObject } from "../../../kubernetes/kubectl";
import { OperatorError } from "../../../lib/operatorError";

/** A server's pod as far as it matters here. */
interface ServerPod extends KubernetesObject {
  status?: { conditions?: { type: string; status: string }[] };
}

/** What is below traefik/tls/certificates/ in Consul's KV store: text by key, without that prefix. Private keys are among it. */
export type KvEntries = ReadonlyMap<string, string>;

/** The Secret with the tokens of tasks, and the token in it that reads what Traefik reads, and changes nothing. */
const TOKENS_SECRET = "consul-task-tokens";
const TOKEN_KEY = "traefik.secret";

/** The server's own token is good for less. A file would be preferred to the one that is handed in. */
const EXPORT = [
  "read -r CONSUL_HTTP_TOKEN",
  "export CONSUL_HTTP_TOKEN",
  "unset CONSUL_HTTP_TOKEN_FILE",
  `exec consul kv export ${CERTIFICATE_KEYS}`,
].join("; ");

/**
 * Reads the certificates in Consul's KV store by a command in the pod of a server that is ready. They stay in memory.
 * @throws OperatorError when there is no such server, or it does not answer.
 */
export async function readKvCertificates(
  api: Pick<Kubectl, "find" | "list" | "exec">,
  namespace: string,
): Promise<KvEntries> {
  const selector = `app=${SERVER_LABELS.app}`;
  const [pods, tokens] = await Promise.all([
    api.list<ServerPod>("pods", { namespace, selector }),
    api.find<KubernetesObject & { data?: Record<string, string> }>("secret", {
      namespace,
      name: TOKENS_SECRET,
    }),
  ]);
  const server = pods.find(isReady);
  if (server === undefined) {
    throw new OperatorError({
      what: `no server of Consul is ready in namespace ${namespace}`,
      next: `kubectl --namespace ${namespace} get pods --selector ${selector}`,
    });
  }
  const token = tokens?.data?.[TOKEN_KEY];
  if (token === undefined) {
    throw new OperatorError({
      what: `the Secret ${TOKENS_SECRET} in namespace ${namespace} has no ${TOKEN_KEY}`,
      next: "make up STACK=apps",
    });
  }
  const pod = { namespace, pod: server.metadata.name, container: "consul" };
  const input = `${Buffer.from(token, "base64").toString()}\n`;
  return parseExport(await api.exec(pod, ["sh", "-c", EXPORT], input));
}

function isReady({ metadata, status }: ServerPod): boolean {
  const conditions = status?.conditions ?? [];
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some((one) => one.type === "Ready" && one.status === "True")
  );
}

/**
 * Reads what `consul kv export` prints.
 * @throws OperatorError, without the text, when it is not that.
 */
export function parseExport(text: string): KvEntries {
  try {
    const entries = JSON.parse(text) as { key: string; value: string }[];
    return new Map(
      entries.map(({ key, value }) => [
        key.slice(CERTIFICATE_KEYS.length),
        Buffer.from(value, "base64").toString(),
      ]),
    );
  } catch {
    throw new OperatorError({
      what: "what consul kv export printed cannot be read",
      next: `in a server's pod: consul kv get -keys ${CERTIFICATE_KEYS}`,
    });
  }
}
