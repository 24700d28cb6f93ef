import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";

import { blockedPaths } from "./blockedPaths";
import type { Traefik } from "./traefik";
import { TRAEFIK_API } from "./traefikCrds";

/** Which host leads where. */
export interface RouteArgs {
  ingress: Traefik;
  /**
   * Namespace of the Service, one of those the ingress serves; the route is made beside it. A host that is one of the
   * ingress' pages needs none.
   */
  namespace: string;
  /** Host names under which the Service answers, by HTTPS; at least one. */
  hosts: readonly [string, ...string[]];
  /** Name of the Service. */
  service: string;
  /** Port of the Service. */
  port: number;
  /**
   * Blocked: paths that begin with one of these, however they are spelled (blockedPaths.ts). Traefik answers 404.
   * Default: nothing.
   */
  blocked?: string[];
  /** Labels of the route. Default: none. */
  labels?: Record<string, string>;
}

/**
 * An application's hosts: their requests go from Traefik to a Service, by the host's own certificate or the default one.
 *
 * Blocked paths are left out of the only rule for the host. A second rule of higher priority that refuses them would be the
 * usual way, and would open them whenever that rule, or the Middleware it needs, is missing or faulty.
 */
export class Route extends pulumi.ComponentResource {
  /** Where the application answers, at the first of its hosts. Known when the route is there. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: RouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Route", name, {}, opts);
    const { ingress, namespace, hosts, service, port, blocked = [] } = args;
    const [host] = hosts;
    if (ingress.pageHosts.includes(host)) {
      if (blocked.length > 0) {
        throw new Error(`${host} is a page of Traefik's, where nothing is blocked.`);
      }
      this.url = pulumi.output(`https://${host}/`);
      this.registerOutputs({ url: this.url });
      return;
    }
    if (!ingress.served.includes(namespace)) {
      throw new Error(
        `Traefik does not serve the namespace ${namespace}, so ${host} would lead nowhere: ` +
          "list the namespace in TraefikArgs.namespaces. Traefik's own cannot be one of them.",
      );
    }
    const route = new CustomResource(
      `${name}-route`,
      {
        apiVersion: TRAEFIK_API,
        kind: "IngressRoute",
        metadata: {
          name,
          namespace,
          ...(args.labels === undefined ? {} : { labels: args.labels }),
        },
        spec: {
          entryPoints: ["websecure"],
          routes: hosts.map((at) => ({
            kind: "Rule",
            match: [
              `Host(\`${at}\`)`,
              ...(blocked.length === 0 ? [] : [`!PathRegexp(\`${blockedPaths(blocked)}\`)`]),
            ].join(" && "),
            services: [{ name: service, port }],
          })),
        },
      },
      pulumi.mergeOptions({ parent: this }, { dependsOn: ingress }),
    );
    this.url = route.id.apply(() => `https://${host}/`);
    this.registerOutputs({ url: this.url });
  }
}
