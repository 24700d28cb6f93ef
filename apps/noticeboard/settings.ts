import { z } from "zod";

import type { Resources } from "../../environment/applications/workloads";
import { backup, volume } from "../../environment/schema/data";
import { atLeastOne, dnsLabel, dnsName, imageName, text } from "../../environment/schema/fields";

/** Section `apps.noticeboard`. */
export const settings = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone, and not the ingress'. */
  namespace: dnsLabel,
  /** Image without tag: any with PHP 8, a POSIX shell and coreutils. @default "docker.io/library/php" */
  image: imageName.default("docker.io/library/php"),
  /** The image's tag, such as "8.4-cli-alpine". */
  version: text,
  /** Host name, one label below the ingress' domain. */
  host: dnsName,
  /** Its claim pvc-noticeboard: one file with all notices. */
  data: volume,
  /** Another number is another password; the pod is restarted with it. @default 1 */
  passwordGeneration: atLeastOne.default(1),
  backup,
});

export type NoticeboardSettings = z.output<typeof settings>;

export const RESOURCES: Resources = {
  requests: { cpu: "10m", memory: "32Mi", "ephemeral-storage": "16Mi" },
  limits: { cpu: "200m", memory: "128Mi", "ephemeral-storage": "256Mi" },
};
