import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Service } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import { NOT_AWAITED } from "../../kubernetes/notAwaited";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { sha256 } from "../../lib/digests/sha256";
import { placement } from "../pods";
import { configFiles, FOLDERS, TLS_FILES } from "./consulConfig";
import {
  CLIENTS_PORT,
  CLIENTS_SERVICE,
  podSecurity,
  PORTS,
  SERVER_LABELS,
  SERVERS_SERVICE,
} from "./consulNames";
import { LEADER_KNOWN, VOTES } from "./consulScripts";
import type { ConsulSecrets } from "./consulSecrets";
import { secretVolume } from "./consulTask";
import { consulImage, type ConsulSettings, RESOURCES } from "./settings";

/** What the servers run with. */
export interface ConsulServersArgs {
  environment: Pick<Environment, "namespaces" | "zones">;
  settings: ConsulSettings;
  secrets: ConsulSecrets;
}

/**
 * Seconds between the order to stop and its delivery. Meanwhile the nodes take the pod out of the Service, which a busy one
 * was seen to need more than 5 s for; a server that is leaving answers that it knows no leader.
 */
const OUT_OF_SERVICE = 10;
/** Consul gives up a graceful leave after 15 s (command/agent/agent.go); the rest is for closing its files. */
const GRACE = OUT_OF_SERVICE + 15 + 20;

/**
 * The servers, one on a node, each with a volume. Changes restart them one by one: the next goes when the one before votes
 * again.
 *
 * Not Consul's official chart: it needs hooks to set up ACLs, which Pulumi's charts do not run; its backups are a feature of
 * Consul Enterprise; and it has no NetworkPolicy, no rotation of the gossip key and restarts for new certificates by hand.
 */
export class ConsulServers extends pulumi.ComponentResource {
  /** What keeps their pods. */
  readonly workload: Workload;

  constructor(name: string, args: ConsulServersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:ConsulServers", name, {}, opts);
    const own = { parent: this };
    const { environment, settings: consul, secrets } = args;
    const { namespace, replicas } = consul;
    const metadata = { name: "consul", namespace, labels: SERVER_LABELS };
    this.workload = { kind: "StatefulSet", namespace, name: metadata.name };
    const data = configFiles(consul);
    const config = new ConfigMap(`${name}-config`, { metadata, data }, own);
    const servers = new Service(
      `${name}-servers`,
      {
        metadata: {
          ...metadata,
          name: SERVERS_SERVICE,
          // Its endpoints are not ready before its pods are, and these wait for it.
          annotations: NOT_AWAITED,
        },
        spec: {
          clusterIP: "None",
          publishNotReadyAddresses: true,
          selector: SERVER_LABELS,
          ports: [
            { name: "rpc", port: PORTS.rpc },
            { name: "gossip", port: PORTS.gossip },
            { name: "gossip-udp", port: PORTS.gossip, protocol: "UDP" },
          ],
        },
      },
      own,
    );
    new StatefulSet(
      `${name}-pods`,
      {
        metadata: { ...metadata, annotations: { "pulumi.com/timeoutSeconds": "900" } },
        spec: {
          serviceName: servers.metadata.name,
          replicas,
          // The first leader is elected when all are there.
          podManagementPolicy: "Parallel",
          updateStrategy: { type: "RollingUpdate" },
          // Volumes end with the servers, as everything else does. Fewer servers leave theirs: taking the number down and up
          // again, to none at all for a while, loses nothing.
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
          selector: { matchLabels: SERVER_LABELS },
          template: {
            metadata: {
              labels: SERVER_LABELS,
              annotations: {
                "sitewright/configuration": sha256(JSON.stringify(data)),
                "sitewright/secrets": pulumi
                  .all(secrets.restartHash)
                  .apply((texts) => sha256(...texts)),
              },
            },
            spec: {
              ...placement(environment, namespace, SERVER_LABELS),
              // The spread above allows two on a node when there are too few nodes. Then one loss could be two servers.
              affinity: {
                podAntiAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    {
                      topologyKey: "kubernetes.io/hostname",
                      labelSelector: { matchLabels: SERVER_LABELS },
                    },
                  ],
                },
              },
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: { ...hardenedPod, ...podSecurity },
              terminationGracePeriodSeconds: GRACE,
              containers: [
                {
                  name: "consul",
                  image: consulImage(consul),
                  // Not the image's entry point, which looks for root to change the owner of folders.
                  command: [
                    "consul",
                    "agent",
                    "-node=$(POD_NAME)",
                    "-advertise=$(POD_IP)",
                    `-config-file=${FOLDERS.config}/server.json`,
                    `-config-file=${FOLDERS.config}/$(POD_NAME).json`,
                    `-config-file=${FOLDERS.gossip}/gossip.json`,
                    `-config-file=${FOLDERS.tokens}/tokens.json`,
                  ],
                  env: [
                    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
                    // For commands in the pod, its probes first; the server itself does not read them.
                    { name: "CONSUL_HTTP_ADDR", value: `https://127.0.0.1:${PORTS.https}` },
                    { name: "CONSUL_CACERT", value: `${FOLDERS.tls}/${TLS_FILES.ca}` },
                    {
                      name: "CONSUL_CLIENT_CERT",
                      value: `${FOLDERS.tls}/${TLS_FILES.certificate}`,
                    },
                    { name: "CONSUL_CLIENT_KEY", value: `${FOLDERS.tls}/${TLS_FILES.key}` },
                    { name: "CONSUL_HTTP_TOKEN_FILE", value: `${FOLDERS.tokens}/recovery` },
                  ],
                  ports: [
                    { name: "https", containerPort: PORTS.https },
                    { name: "rpc", containerPort: PORTS.rpc },
                    { name: "gossip", containerPort: PORTS.gossip },
                    { name: "gossip-udp", containerPort: PORTS.gossip, protocol: "UDP" },
                    { name: "dns", containerPort: PORTS.dns },
                    { name: "dns-udp", containerPort: PORTS.dns, protocol: "UDP" },
                  ],
                  resources: RESOURCES,
                  securityContext: hardenedContainer,
                  // A server counts as started when it votes, so that a rolling update takes no second one before the first
                  // one counts again. After a server died, half a minute passes until the others accept its new address. A
                  // server that has found no other for ten minutes is restarted.
                  startupProbe: { ...probe(VOTES), periodSeconds: 2, failureThreshold: 300 },
                  // An election is shorter, so it takes no server out of the Service: requests wait in the servers.
                  readinessProbe: { ...probe(LEADER_KNOWN), periodSeconds: 5, failureThreshold: 3 },
                  // No liveness probe: a server without a leader is waiting for the others, and a restart would make one
                  // more of them that is missing (as upstream's chart has it).
                  lifecycle: { preStop: { exec: { command: ["sleep", `${OUT_OF_SERVICE}`] } } },
                  volumeMounts: [
                    { name: "data", mountPath: FOLDERS.data },
                    { name: "config", mountPath: FOLDERS.config, readOnly: true },
                    { name: "gossip", mountPath: FOLDERS.gossip, readOnly: true },
                    { name: "tokens", mountPath: FOLDERS.tokens, readOnly: true },
                    { name: "tls", mountPath: FOLDERS.tls, readOnly: true },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                secretVolume("gossip", secrets.gossip, [
                  { key: "gossip.json", path: "gossip.json" },
                ]),
                secretVolume("tokens", secrets.serverTokens),
                secretVolume("tls", secrets.serverTls),
                // Snapshots pass through it on their way.
                { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: "data", labels: SERVER_LABELS },
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: consul.storageClass,
                resources: { requests: { storage: consul.size } },
              },
            },
          ],
        },
      },
      {
        ...own,
        // The API does not change claims of a StatefulSet, and a replacement would lose its volumes. madeWith.ts refuses such an
        // edit as long as the StatefulSet is in the state.
        ignoreChanges: ["spec.volumeClaimTemplates"],
      },
    );
    new Service(
      `${name}-clients`,
      {
        // The plugin takes ten seconds more to believe in its endpoints; who calls them waits for a leader.
        metadata: { ...metadata, name: CLIENTS_SERVICE, annotations: NOT_AWAITED },
        spec: {
          selector: SERVER_LABELS,
          ports: [
            { name: "https", port: CLIENTS_PORT, targetPort: "https" },
            { name: "https-alt", port: 8443, targetPort: "https" },
            { name: "rpc", port: PORTS.rpc, targetPort: "rpc" },
            { name: "gossip", port: PORTS.gossip, targetPort: "gossip" },
            { name: "gossip-udp", port: PORTS.gossip, targetPort: "gossip-udp", protocol: "UDP" },
            // For other datacenters; with a single datacenter nothing listens there.
            { name: "gossip-wan", port: 8302 },
            { name: "gossip-wan-udp", port: 8302, protocol: "UDP" },
            { name: "dns", port: PORTS.dns, targetPort: "dns" },
            { name: "dns-udp", port: PORTS.dns, targetPort: "dns-udp", protocol: "UDP" },
          ],
        },
      },
      own,
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: SERVER_LABELS } } },
      own,
    );
    this.registerOutputs({});
  }
}

function probe(command: string) {
  return { exec: { command: ["/bin/sh", "-eu", "-c", command] }, timeoutSeconds: 5 };
}
