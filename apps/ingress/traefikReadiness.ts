import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Service } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import { NOT_AWAITED } from "../../kubernetes/notAwaited";
import { TRAEFIK_API } from "./traefikCrds";

/** Path at the entry point `ping` that answers when the routes of the cluster are loaded. */
export const READY_PATH = "/ready";

/** Where the route is made. */
export interface TraefikReadinessArgs {
  /** The namespace of routes. */
  namespace: string;
  labels: Record<string, string>;
}

const NAME = "traefik-ready";

/**
 * Traefik's own /ping answers before Traefik has read a single route from the API, half a second or more, and a pod that is ready too
 * early answers 404 in the middle of a rolling update. So readiness is a route like all others: it sends the probe on to
 * /ping. The form of a route asks for a Service; this one has no pods, and is never asked.
 */
export class TraefikReadiness extends pulumi.ComponentResource {
  constructor(
    name: string,
    { namespace, labels }: TraefikReadinessArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:TraefikReadiness", name, {}, opts);
    const own = { parent: this };
    const metadata = { name: NAME, namespace, labels };
    const middleware = new CustomResource(
      `${name}-middleware`,
      {
        apiVersion: TRAEFIK_API,
        kind: "Middleware",
        metadata,
        spec: { redirectRegex: { regex: ".*", replacement: "/ping" } },
      },
      own,
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata: { ...metadata, annotations: NOT_AWAITED },
        spec: { ports: [{ name: "http", port: 80 }] },
      },
      own,
    );
    new CustomResource(
      `${name}-route`,
      {
        apiVersion: TRAEFIK_API,
        kind: "IngressRoute",
        metadata,
        spec: {
          entryPoints: ["ping"],
          routes: [
            {
              kind: "Rule",
              match: `Path(\`${READY_PATH}\`)`,
              middlewares: [{ name: NAME }],
              services: [{ name: NAME, port: 80 }],
            },
          ],
        },
      },
      { ...own, dependsOn: [middleware, service] },
    );
    this.registerOutputs({});
  }
}
