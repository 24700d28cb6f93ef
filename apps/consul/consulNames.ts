import type { types } from "@pulumi/kubernetes";

import type { ConsulSettings } from "./settings";

/** Names, ports and labels that the parts of Consul have in common. */

/** Labels of the servers' pods. */
export const SERVER_LABELS = { app: "consul" };

/** Labels of pods that change something in Consul and end. */
export const TASK_LABELS = { app: "consul-task" };

/** Labels of pods that save and restore. */
export const BACKUP_LABELS = { app: "consul-backup" };

/** Ports of the servers' pods. What is off, or would answer without a client certificate, is not among them. */
export const PORTS = { https: 8501, rpc: 8300, gossip: 8301, dns: 8600 };

/** Service with one name for each server, ready or not: so that servers find each other before there is a leader. */
export const SERVERS_SERVICE = "svc-consul-servers";

/** Service for clients, with ready servers only. */
export const CLIENTS_SERVICE = "svc-consul-for-traefik";

/** Port of the clients' Service. */
export const CLIENTS_PORT = 8500;

/** User and group of the official image. */
export const podSecurity: types.input.core.v1.PodSecurityContext = {
  runAsUser: 100,
  runAsGroup: 1000,
  fsGroup: 1000,
  fsGroupChangePolicy: "OnRootMismatch",
};

/** Mode of mounted secrets: readable only for their owner and the pod's group, which is its fsGroup. */
export const SECRET_MODE = 0o440;

/** Secret with the certificates that are to stand in the KV store: `<N>.chain` and `<N>.key`. */
export const KV_CERTIFICATES = "consul-kv-certificates";

/** Names of the servers: of their pods and of Consul's nodes. */
export function serverNames({ replicas }: Pick<ConsulSettings, "replicas">): string[] {
  return Array.from({ length: replicas }, (_, index) => `consul-${index}`);
}

/** Name by which one server is found, whatever its address is. */
export function serverAddress(server: string, namespace: string): string {
  return `${server}.${SERVERS_SERVICE}.${namespace}.svc`;
}

/** The name that servers prove to each other; a certificate without it cannot be a server's. */
export function serverCertificateName({
  datacenter,
  domain,
}: Pick<ConsulSettings, "datacenter" | "domain">): string {
  return `server.${datacenter}.${domain}`;
}

/** Where clients in the cluster reach the servers: host:port. */
export function clientsEndpoint(namespace: string): string {
  return `${CLIENTS_SERVICE}.${namespace}.svc:${CLIENTS_PORT}`;
}
