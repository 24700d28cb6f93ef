import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";

import type { Traefik } from "./traefik";

/** Which host leads where. */
export interface RouteArgs {
  ingress: Traefik;
  /** Namespace of the Service; the route is made beside it. */
  namespace: string;
  /** Host name under which the Service answers, by HTTPS. */
  host: string;
  /** Name of the Service. */
  service: string;
  /** Port of the Service. */
  port: number;
  /**
   * Paths nobody reaches, each with everything below it: "/setup". Traefik answers them with 404, however they are
   * written. Default: none.
   */
  blocked?: string[];
  /** Names of Middlewares of the same namespace, in the order they act. Default: none. */
  middlewares?: string[];
}

/** An application's host: its requests go from Traefik to a Service, by the default certificate or the host's own. */
export class Route extends pulumi.ComponentResource {
  /** Where the application answers. Known when the route is there. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: RouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Route", name, {}, opts);
    const { ingress, namespace, host, service, port, middlewares = [] } = args;
    const route = new CustomResource(
      `${name}-route`,
      {
        apiVersion: "traefik.io/v1alpha1",
        kind: "IngressRoute",
        metadata: { name, namespace },
        spec: {
          entryPoints: ["websecure"],
          routes: [
            {
              kind: "Rule",
              match: `Host(\`${host}\`)`,
              services: [{ name: service, port }],
              middlewares: middlewares.map((middleware) => ({ name: middleware })),
            },
          ],
        },
      },
      { parent: this, dependsOn: ingress },
    );
    this.url = route.id.apply(() => `https://${host}/`);
    this.registerOutputs({ url: this.url });
  }
}
