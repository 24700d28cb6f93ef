import { z } from "zod";

import { LOGS, type Resources } from "../../environment/applications/workloads";
import { atLeastOne, dnsLabel, dnsName, version } from "../../environment/schema/fields";

/** Section `apps.whoami`. */
export const settings = z.strictObject({
  /** Its namespace. The zone of that namespace decides on which nodes it runs, tainted or not. */
  namespace: dnsLabel,
  version,
  /** Pods, each on its own worker of that zone. @default 2 */
  replicas: atLeastOne.default(2),
  /** Host name under which it answers, one label below the ingress' domain. */
  host: dnsName,
});

export type WhoamiSettings = z.output<typeof settings>;

export const whoamiImage = (version: string) => `docker.io/traefik/whoami:v${version}`;

export const RESOURCES: Resources = {
  requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": LOGS.request },
  limits: { cpu: "200m", memory: "64Mi", "ephemeral-storage": LOGS.limit },
};
