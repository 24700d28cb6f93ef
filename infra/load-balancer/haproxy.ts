import { entryOf } from "../../environment/applications/exposed";
import { entryAddress } from "../../environment/loadBalancers";
import type { Environment, NodeSpec } from "../../environment/schema";
import { CLUSTER_CA_VARIABLE, STATS_SOCKET } from "../../ssh/haproxy";

/** A node that may be a server of a backend. */
type ServerNode = Pick<NodeSpec, "name" | "role" | "zone" | "address">;

/** What the configuration of the load balancer is rendered from. */
export interface HaproxySource extends Pick<
  Environment,
  "loadBalancer" | "kubernetes" | "applications"
> {
  nodes: readonly ServerNode[];
  /** Whether it tells the ingress the clients' addresses. @default false */
  sendsProxy?: boolean;
}

/**
 * The nodes that connections are forwarded to, while some machines are held. A control plane that is about to leave still serves the API,
 * at the address that it has: it may be the only one. A worker that is about to leave gets no new connection from outside.
 */
export function servingNodes(
  nodes: readonly ServerNode[],
  held: readonly ServerNode[],
): ServerNode[] {
  const isHeld = ({ name }: ServerNode) => held.some((one) => one.name === name);
  const leaving = held.filter(({ role }) => role === "control-plane");
  const inPlace = nodes.flatMap((node) =>
    isHeld(node) ? leaving.filter(({ name }) => name === node.name) : [node],
  );
  return [...inPlace, ...leaving.filter((one) => !inPlace.includes(one))];
}

/** Frontends. That of the API and its backend have the names of the original site; the others' backends have the frontend's. */
type Frontend = "k8s_mst" | "http" | "https";

const backendOf = (name: Frontend): string => (name === "k8s_mst" ? "k8s_nodes_master" : name);

/** The frontends with their ports: the API's, and where the site has an ingress, those of it. */
export function frontendsOf(
  source: Pick<HaproxySource, "applications" | "kubernetes">,
): Map<Frontend, number> {
  const { apiPort } = source.kubernetes;
  return new Map<Frontend, number>([
    ["k8s_mst", apiPort],
    ...(entryOf(source) === undefined
      ? []
      : ([
          ["http", 80],
          ["https", 443],
        ] satisfies [Frontend, number][])),
  ]);
}

/**
 * haproxy.cfg, the same on both machines of a pair: the API on its port to every control plane, 80 and 443 to the ingress, where
 * there is one, on the workers of the load balancer's zone. Everything passes as TCP, so TLS ends at the server that owns the certificate.
 */
export function renderHaproxy(source: HaproxySource): string {
  const { loadBalancer, nodes, kubernetes, sendsProxy = false } = source;
  const controlPlanes = nodes.filter(({ role }) => role === "control-plane");
  const workers = nodes.filter(({ role, zone }) => role === "worker" && zone === loadBalancer.zone);
  const entry = entryOf(source);
  const address = entryAddress(loadBalancer);
  const frontends = [...frontendsOf(source)].map(([name, port]) => [
    frontend(name, address, port),
    name === "k8s_mst"
      ? backend(name, controlPlanes, kubernetes.apiPort, apiChecks(kubernetes))
      : backend(name, workers, entry?.[name] ?? port, sendsProxy ? PROXY_PROTOCOL : []),
  ]);
  return `${[GLOBAL, ...frontends.flat(), FORGET_CLUSTER_CA].join("\n\n")}\n`;
}

const GLOBAL = `# Made by the program infra from the environment's node list; changes by hand are overwritten.
global
    user haproxy
    group haproxy
    chroot /var/lib/haproxy
    log stdout format raw local0 notice
    # Local only; a reloaded process takes the listening sockets over through it, so no connection is refused.
    stats socket ${STATS_SOCKET} mode 600 level admin expose-fd listeners
    # After a reload the former process keeps its connections, but not for ever.
    hard-stop-after 24h

defaults
    mode tcp
    log global
    balance leastconn
    option dontlognull
    # A peer that vanished is noticed by the kernel within a minute, not by a timeout that would also cut idle sessions.
    option clitcpka
    clitcpka-idle 30s
    clitcpka-intvl 10s
    clitcpka-cnt 3
    option srvtcpka
    srvtcpka-idle 30s
    srvtcpka-intvl 10s
    srvtcpka-cnt 3
    # A server that does not take a connection is passed over for the next one. After a reload each server counts as up
    # until its first check: HAProxy's server state file would prevent that, but it also restores former ports.
    option redispatch 1
    retries 3
    timeout connect 2s
    timeout check 3s
    # Until both sides have spoken.
    timeout client 1m
    timeout server 1m
    # From then on: watches, exec and port-forward may be silent for hours.
    timeout tunnel 24h
    # 3 s to leave a dead server, at most 0.5 s to find one that is back.
    default-server check inter 1s fastinter 500ms downinter 500ms fall 3 rise 1`;

const FORGET_CLUSTER_CA = `# HAProxy's master process keeps its variables when it reloads, also those whose file is gone.
global
    unsetenv ${CLUSTER_CA_VARIABLE}`;

function frontend(name: Frontend, address: string, port: number): string {
  return [
    `frontend ${name}`,
    `    bind ${address}:${port}`,
    `    default_backend ${backendOf(name)}`,
  ].join("\n");
}

/**
 * How API servers are checked. /readyz tells more than an open port: one that cannot reach etcd is left out. With the CA
 * known, so is one that does not prove to be this cluster's. Before that, kubeadm init itself needs the way through here, and
 * clients verify end to end anyway. Sessions to an API server that is down are cut, so that kubelets turn to another one
 * within seconds. Ingress sessions are not cut, because their clients do not retry.
 */
function apiChecks({ apiName }: HaproxySource["kubernetes"]): string[] {
  const down = "on-marked-down shutdown-sessions";
  return [
    "option httpchk GET /readyz",
    "http-check expect status 200",
    "# The stack cluster defines it, in cluster-ca.cfg: the certificate of the cluster's CA.",
    `.if defined(${CLUSTER_CA_VARIABLE})`,
    // A check sends no server name by default. This name is in the certificates of all API servers and in no other.
    `default-server check-ssl verify required ca-file "$${CLUSTER_CA_VARIABLE}" verifyhost ${apiName} ${down}`,
    ".else",
    `default-server check-ssl verify none ${down}`,
    ".endif",
  ];
}

/** Checks send it too: what takes part in it everywhere is checked as it is used. */
const PROXY_PROTOCOL = ["default-server send-proxy-v2 check-send-proxy"];

function backend(
  name: Frontend,
  servers: readonly ServerNode[],
  port: number,
  settings: readonly string[] = [],
): string {
  return [
    `backend ${backendOf(name)}`,
    ...settings.map((line) => `    ${line}`),
    ...servers.map((node) => `    server ${node.name} ${node.address}:${port}`),
  ].join("\n");
}
