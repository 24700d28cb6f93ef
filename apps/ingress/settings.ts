import { z } from "zod";

import type { Resources } from "../../environment/applications/workloads";
import {
  atLeastOne,
  dnsLabel,
  dnsName,
  nodePort,
  text,
  version,
} from "../../environment/schema/fields";

/** Section `apps.ingress`. */
export const settings = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /**
   * Namespace of the routes, another one of `namespaces` in that zone, with no application in it: of all Secrets in the cluster the ingress can
   * read those that are here, such as certificates and passwords of routes.
   */
  routesNamespace: dnsLabel,
  /** Domain of the default certificate, *.domain. */
  domain: dnsName,
  /** @default 30080 */
  httpNodePort: nodePort.default(30080),
  /** @default 30443 */
  httpsNodePort: nodePort.default(30443),
  /** Release of Traefik. */
  traefikVersion: version,
  /** Pods, each on its own worker of the load balancer's zone. @default 2 */
  replicas: atLeastOne.default(2),
  /** Host name of Traefik's dashboard, behind authentication. */
  dashboardHost: dnsName,
  /** User who may see Traefik's dashboard and Consul's UI. The password is generated. @default "operator" */
  operator: text.default("operator"),
});

export type IngressSettings = z.output<typeof settings>;

export const traefikImage = (version: string) => `docker.io/library/traefik:v${version}`;

export const RESOURCES: Resources = {
  requests: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" },
  limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "512Mi" },
};
