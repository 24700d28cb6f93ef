import type { types } from "@pulumi/kubernetes";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import { type Peer, podsOf } from "../../kubernetes/networkPolicies";
import { BACKUP_LABELS, PORTS, SERVER_LABELS, TASK_LABELS } from "./consulNames";

const servers = { podSelector: { matchLabels: SERVER_LABELS } };

const amongServers = [
  { protocol: "TCP", port: PORTS.rpc },
  { protocol: "TCP", port: PORTS.gossip },
  { protocol: "UDP", port: PORTS.gossip },
];

/** What pods that call the servers need; DNS is open anyway. */
export const toServers: types.input.networking.v1.NetworkPolicyEgressRule[] = [
  { to: [servers], ports: [{ port: PORTS.https }] },
];

/**
 * Who reaches whom: servers reach each other, clients and tasks reach the servers' HTTPS; everything else is closed. Ports of
 * the Service that have no users yet (RPC and gossip of clients, DNS) are opened here when they get some.
 */
export function consulPolicies(
  name: string,
  { namespace, clients }: { namespace: string; clients: Peer[] },
  opts: pulumi.CustomResourceOptions,
): NetworkPolicy[] {
  return [
    new NetworkPolicy(
      `${name}-policy`,
      {
        metadata: { name: "consul", namespace, labels: SERVER_LABELS },
        spec: {
          podSelector: { matchLabels: SERVER_LABELS },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            { from: [servers], ports: amongServers },
            {
              from: [
                { podSelector: { matchLabels: TASK_LABELS } },
                { podSelector: { matchLabels: BACKUP_LABELS } },
                ...clients.map(podsOf),
              ],
              ports: [{ port: PORTS.https }],
            },
          ],
          egress: [{ to: [servers], ports: amongServers }],
        },
      },
      opts,
    ),
    new NetworkPolicy(
      `${name}-task-policy`,
      {
        metadata: { name: "consul-task", namespace, labels: TASK_LABELS },
        spec: {
          podSelector: { matchLabels: TASK_LABELS },
          policyTypes: ["Ingress", "Egress"],
          ingress: [],
          egress: toServers,
        },
      },
      opts,
    ),
  ];
}
