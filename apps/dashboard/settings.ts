import { z } from "zod";

import type { Resources } from "../../environment/applications/workloads";
import { count, dnsLabel, dnsName, imageName, version } from "../../environment/schema/fields";

/** Section `apps.dashboard`. */
export const settings = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /** Image without tag. @default "ghcr.io/headlamp-k8s/headlamp" */
  image: imageName.default("ghcr.io/headlamp-k8s/headlamp"),
  version,
  host: dnsName,
  /** Namespaces whose objects its account may read; their secrets never. Default: all of `namespaces`. */
  namespaces: z.array(dnsLabel).optional(),
  /** Seconds a token is valid that `make dashboard` prints. @default 3600 */
  tokenSeconds: count.min(600, "at least 600 seconds, which is the API's minimum").default(3600),
});

export type DashboardSettings = z.output<typeof settings>;

export const RESOURCES: Resources = {
  requests: { cpu: "20m", memory: "64Mi", "ephemeral-storage": "64Mi" },
  limits: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "512Mi" },
};
