import {
  CLIENTS_PORT,
  CLIENTS_SERVICE,
  podSecurity,
  serverCertificateName,
  TASK_LABELS,
} from "../../../apps/consul/consulNames";
import { consulImage, type ConsulSettings } from "../../../apps/consul/settings";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { parseReads, series, type Series } from "../apps/reads";
import { eventually, manifest } from "../cluster/pods";
import { kubectl } from "./harness";

const POD = "e2e-kv-reader";
const KEY = "traefik/e2e/canary";

/** Folder in the pod with the tokens. */
const TOKENS = "/consul/tokens";

/**
 * A pod that reads one key ten times a second, as Traefik does: with its token, through the Service, a new connection each
 * time, consistently (the leader answers and has a majority behind it). It asks the Service by its address: what it measures
 * is Consul, not the DNS, a server of which may be on the node that is stopped.
 *
 * With servers in the file /tmp/servers it asks them one by one when the Service does not answer, as a client does that knows
 * more than one. Kubernetes itself takes a server on a dead node out of the Service only after the node is given up.
 */
export class KvReader {
  constructor(private readonly consul: ConsulSettings) {}

  /** Starts it on one node. */
  async start(nodeName: string): Promise<void> {
    const { namespace } = this.consul;
    const service = ["get", "service", "--namespace", namespace, CLIENTS_SERVICE];
    const address = await kubectl([...service, "-o", "jsonpath={.spec.clusterIP}"]);
    await kubectl(["apply", "-f", "-"], manifest([this.pod(nodeName, address)]));
    await kubectl([
      ...["wait", "--namespace", namespace, `pod/${POD}`],
      ...["--for=condition=Ready", "--timeout=90s"],
    ]);
    // The network policy agent learns of a new pod a moment after its start, and refuses it until then.
    const write = async (): Promise<string> =>
      this.consulAs("management", "kv", "put", KEY, "alive").then(() => "written", String);
    const written = await eventually(["written"], write);
    if (written !== "written") {
      throw new Error(`the reader cannot write its key: ${written}`);
    }
    const from = Date.now();
    while ((await this.since(from)).reads < 20) {
      if (Date.now() > from + 30_000) {
        throw new Error("the reader does not read ten times a second, or nearly");
      }
    }
  }

  async stop(): Promise<void> {
    const { namespace } = this.consul;
    await kubectl(["delete", "pod", "--namespace", namespace, POD, "--ignore-not-found"]);
  }

  /** Runs Consul's program in the pod with one of the tasks' tokens; its standard output. */
  async consulAs(token: string, ...args: string[]): Promise<string> {
    const command = ["env", `CONSUL_HTTP_TOKEN_FILE=${TOKENS}/${token}`, "consul", ...args];
    return this.sh('exec "$@"', ...command);
  }

  /**
   * Servers that it asks beside the Service, by address; none if the list is empty. Then one server may take twice as long as the
   * slowest read of the last, calm seconds, and a second at least: most of a read is the start of Consul's program, so how
   * long it takes is a matter of the machine.
   */
  async fallBackTo(addresses: readonly string[]): Promise<void> {
    const { slowest } = await this.since(Date.now() - CALM_MS);
    const deadline = Math.min(DEADLINE, Math.max(1, Math.ceil((2 * slowest) / 1000)));
    await this.sh(
      'echo "$1" >/tmp/deadline; shift; echo "$@" >/tmp/servers',
      `${deadline}`,
      ...addresses,
    );
  }

  /** The reads that began while `action` ran. */
  async during(action: () => Promise<unknown>): Promise<Series> {
    const from = Date.now();
    await action();
    const seen = await this.since(from);
    if (seen.reads === 0) {
      throw new Error("nothing was read meanwhile");
    }
    return seen;
  }

  private async since(from: number, to = Date.now()): Promise<Series> {
    const log = await kubectl(["logs", "--namespace", this.consul.namespace, POD]);
    return series(parseReads(log).filter(({ start }) => start >= from && start <= to));
  }

  private sh(script: string, ...args: string[]): Promise<string> {
    const { namespace } = this.consul;
    return kubectl(["exec", "-n", namespace, POD, "--", "sh", "-euc", script, "sh", ...args]);
  }

  private pod(nodeName: string, address: string): object {
    const { namespace } = this.consul;
    return {
      apiVersion: "v1",
      kind: "Pod",
      // The label of our own tasks, which policies let through to the servers.
      metadata: { name: POD, namespace, labels: TASK_LABELS },
      spec: {
        nodeName,
        terminationGracePeriodSeconds: 1,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { ...hardenedPod, ...podSecurity },
        containers: [
          {
            name: "reader",
            image: consulImage(this.consul),
            command: ["sh", "-c", LOOP],
            env: [
              { name: "CONSUL_HTTP_ADDR", value: `https://${address}:${CLIENTS_PORT}` },
              { name: "CONSUL_TLS_SERVER_NAME", value: serverCertificateName(this.consul) },
              { name: "CONSUL_CACERT", value: "/consul/tls/ca.pem" },
              { name: "CONSUL_CLIENT_CERT", value: "/consul/tls/certificate.pem" },
              { name: "CONSUL_CLIENT_KEY", value: "/consul/tls/key.pem" },
              { name: "CONSUL_HTTP_TOKEN_FILE", value: `${TOKENS}/traefik.secret` },
            ],
            resources: {
              requests: { cpu: "100m", memory: "64Mi" },
              limits: { cpu: "1", memory: "256Mi" },
            },
            securityContext: hardenedContainer,
            volumeMounts: [
              { name: "tls", mountPath: "/consul/tls", readOnly: true },
              { name: "tokens", mountPath: TOKENS, readOnly: true },
              { name: "tmp", mountPath: "/tmp" },
            ],
          },
        ],
        volumes: [
          { name: "tls", secret: { secretName: "consul-task-tls", defaultMode: 0o440 } },
          { name: "tokens", secret: { secretName: "consul-task-tokens", defaultMode: 0o440 } },
          { name: "tmp", emptyDir: {} },
        ],
      },
    };
  }
}

/** Seconds one server may take to answer. Servers let a read wait for a leader who is being elected. */
const DEADLINE = 3;
/** How long it is calm before a node is stopped. */
const CALM_MS = 10_000;

const LOOP = `
touch /tmp/servers
while :; do
  start=$(date +%s%3N)
  servers=$(cat /tmp/servers)
  result=first
  if [ -z "$servers" ]; then deadline=${DEADLINE}; else deadline=$(cat /tmp/deadline); fi
  answer=$(timeout $deadline consul kv get ${KEY} 2>&1) || answer="failed: $answer"
  for server in $servers; do
    [ "$answer" != alive ] || break
    result=other
    answer=$(timeout $deadline consul kv get -http-addr="https://$server:8501" ${KEY} 2>&1) || answer="failed: $answer"
  done
  end=$(date +%s%3N)
  [ "$answer" = alive ] || result=failed
  echo "$start $end $result $answer"
  rest=$((start + 100 - end))
  [ $rest -le 0 ] || sleep "0.$(printf %03d $rest)"
done`;
