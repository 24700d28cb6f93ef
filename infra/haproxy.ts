import type { Environment, NodeSpec } from "../environment/schema";

/** What the load balancer is made of; rendered from the node list, never by hand. */
export type HaproxySource = Pick<Environment, "loadBalancer" | "nodes" | "kubernetes" | "apps">;

/** Where HAProxy's administration socket is, on the machine itself. */
export const STATS_SOCKET = "/run/haproxy/admin.sock";

/**
 * haproxy.cfg: the API on its port to every control plane, 80 and 443 to the ingress on the workers of the load
 * balancer's zone. Everything passes as TCP, so TLS ends where its certificate belongs.
 */
export function renderHaproxy({ loadBalancer, nodes, kubernetes, apps }: HaproxySource): string {
  const controlPlanes = nodes.filter(({ role }) => role === "control-plane");
  const workers = nodes.filter(({ role, zone }) => role === "worker" && zone === loadBalancer.zone);
  const { httpNodePort, httpsNodePort } = apps.ingress;
  return `${[
    GLOBAL,
    frontend("api", loadBalancer.address, kubernetes.apiPort),
    // /readyz tells more than an open port: an API server that cannot reach etcd is left out. The check carries no
    // secret and decides about nothing but routing, so it does not need to know the cluster's CA, which does not exist
    // yet when this file is written. Clients verify it end to end. Sessions to an API server that is down are cut, so that
    // kubelets turn to another one within seconds; ingress sessions, in which nobody retries, are not.
    backend("api", controlPlanes, kubernetes.apiPort, {
      options: ["option httpchk GET /readyz", "http-check expect status 200"],
      server: "check-ssl verify none on-marked-down shutdown-sessions",
    }),
    frontend("http", loadBalancer.address, 80),
    backend("http", workers, httpNodePort),
    frontend("https", loadBalancer.address, 443),
    backend("https", workers, httpsNodePort),
  ].join("\n\n")}\n`;
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

function frontend(name: string, address: string, port: number): string {
  return [`frontend ${name}`, `    bind ${address}:${port}`, `    default_backend ${name}`].join(
    "\n",
  );
}

interface Check {
  options: string[];
  /** Parameters of each server line. */
  server: string;
}

function backend(name: string, servers: readonly NodeSpec[], port: number, check?: Check): string {
  return [
    `backend ${name}`,
    ...(check?.options ?? []).map((option) => `    ${option}`),
    ...servers.map((node) =>
      [`    server ${node.name} ${node.address}:${port}`, check?.server].filter(Boolean).join(" "),
    ),
  ].join("\n");
}
