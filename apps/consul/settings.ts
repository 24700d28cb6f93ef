import { z } from "zod";

import type { Resources } from "../../environment/applications/workloads";
import { backup } from "../../environment/schema/data";
import {
  atLeastOne,
  dnsLabel,
  dnsName,
  memoryAmount,
  version,
} from "../../environment/schema/fields";

/** Section `apps.consul`. */
export const settings = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /** Release of Consul. */
  version,
  /** Name of Consul's datacenter. @default "lan" */
  datacenter: dnsLabel.default("lan"),
  /** Domain of its names and certificates: servers are server.<datacenter>.<domain>. @default "cluster.local" */
  domain: dnsName.default("cluster.local"),
  /** Servers, each on a node of its own: 3, or 5 to lose two at a time. @default 3 */
  replicas: z.literal([3, 5], "3 or 5").default(3),
  /** Of each server's volume. */
  storageClass: dnsName,
  /** @default "1Gi" */
  size: memoryAmount.default("1Gi"),
  /** Host name of its UI, behind the ingress' authentication. Default: the UI is not reached from outside. */
  uiHost: dnsName.optional(),
  /** Another number is another gossip key, brought in without a restart. @default 1 */
  gossipKeyGeneration: atLeastOne.default(1),
  /** Another number is another server certificate; the servers are restarted one by one. @default 1 */
  certificateGeneration: atLeastOne.default(1),
  backup,
});

export type ConsulSettings = z.output<typeof settings>;

/** Of a server. */
/** The official image. */
export function consulImage({ version: release }: { version: string }): string {
  return `docker.io/hashicorp/consul:${release}`;
}

export const RESOURCES: Resources = {
  requests: { cpu: "50m", memory: "96Mi", "ephemeral-storage": "64Mi" },
  limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "512Mi" },
};
