import { PORTS, serverAddress, serverNames } from "./consulNames";
import type { ConsulSettings } from "./settings";

/** Folders inside a server's container. */
export const FOLDERS = {
  config: "/consul/config",
  data: "/consul/data",
  gossip: "/consul/gossip",
  tls: "/consul/tls",
  tokens: "/consul/tokens",
};

/** Files of certificates, as they are named in Secrets and mounted. */
export const TLS_FILES = { ca: "ca.pem", certificate: "certificate.pem", key: "key.pem" };

/** Seconds a server must have been healthy before it votes; autopilot looks every 10 s. */
const STABILIZATION_SECONDS = 10;

/** Autopilot's settings: the configuration file counts before the first election only, so a task repeats them. */
export function autopilot({ replicas }: Pick<ConsulSettings, "replicas">) {
  return {
    // A server that died comes back with its volume. It is removed for another one only while enough are left to vote.
    cleanup_dead_servers: true,
    min_quorum: replicas,
    server_stabilization_time: `${STABILIZATION_SECONDS}s`,
    // The default of 200 ms calls servers on a busy node unhealthy, and delays their vote.
    last_contact_threshold: "1s",
  };
}

/** The configuration all servers have in common; it has no secret. See Consul's reference of the configuration file. */
export function serverConfig(spec: ConsulSettings): string {
  return json({
    server: true,
    bootstrap_expect: spec.replicas,
    datacenter: spec.datacenter,
    domain: spec.domain,
    data_dir: FOLDERS.data,
    bind_addr: "0.0.0.0",
    client_addr: "0.0.0.0",
    // Names are there some seconds after a pod's start; the default waits half a minute before it looks again.
    retry_interval: "2s",
    // A server that is stopped leaves: a leader hands over, and its vote is given up at once instead of being waited for.
    leave_on_terminate: true,
    ports: {
      http: -1,
      https: PORTS.https,
      grpc: -1,
      grpc_tls: -1,
      dns: PORTS.dns,
      server: PORTS.rpc,
      serf_lan: PORTS.gossip,
      // Only several datacenters need this port; there is one.
      serf_wan: -1,
    },
    tls: {
      defaults: {
        ca_file: `${FOLDERS.tls}/${TLS_FILES.ca}`,
        cert_file: `${FOLDERS.tls}/${TLS_FILES.certificate}`,
        key_file: `${FOLDERS.tls}/${TLS_FILES.key}`,
        verify_incoming: true,
        verify_outgoing: true,
        tls_min_version: "TLSv1_2",
      },
      internal_rpc: { verify_server_hostname: true },
    },
    acl: {
      enabled: true,
      default_policy: "deny",
      // While there is no leader, tokens that are known stay good.
      down_policy: "extend-cache",
      enable_token_persistence: false,
    },
    performance: {
      // The default of 5 is for the smallest machines: five times as long until a dead leader is noticed.
      raft_multiplier: 1,
      // Time for clients to turn to another server, 5 s by default. Here they have had it before: OUT_OF_SERVICE in
      // consulServers.ts.
      leave_drain_time: "1s",
    },
    autopilot: autopilot(spec),
    connect: { enabled: false },
    peering: { enabled: false },
    ui_config: { enabled: true },
    telemetry: { prometheus_retention_time: "1h", disable_hostname: true },
    disable_update_check: true,
    reporting: { license: { enabled: false } },
    log_level: "INFO",
    log_json: true,
  });
}

/**
 * The servers that one server joins: all others, not itself. A server stops trying when it has joined any server, so the first
 * one would join only itself.
 */
export function joinConfig(spec: ConsulSettings, server: string): string {
  return json({
    retry_join: serverNames(spec)
      .filter((other) => other !== server)
      .map((other) => serverAddress(other, spec.namespace)),
  });
}

/** The files of the servers' ConfigMap. */
export function configFiles(spec: ConsulSettings): Record<string, string> {
  return Object.fromEntries([
    ["server.json", serverConfig(spec)],
    ...serverNames(spec).map((server) => [`${server}.json`, joinConfig(spec, server)]),
  ]) as Record<string, string>;
}

/**
 * The gossip key, for a server whose volume is new. One that has been running keeps its own list of keys on its volume, which
 * a task changes while it runs; so another key in this file needs no restart.
 */
export function gossipConfig(key: string): string {
  return json({ encrypt: key });
}

/** Tokens the servers themselves use. */
export interface ServerTokens {
  /** May do everything. It is there from the first election on, whatever a restored backup says. */
  management: string;
  /** What the servers register themselves with. */
  agent: string;
  /** What answers of the DNS are looked up with. */
  dns: string;
  /** For commands inside a server's pod: valid on that server only, even if it reaches no other server. */
  recovery: string;
}

/** The servers' tokens as a configuration file. */
export function tokensConfig({ management, agent, dns, recovery }: ServerTokens): string {
  return json({
    acl: { tokens: { initial_management: management, agent, dns, agent_recovery: recovery } },
  });
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
