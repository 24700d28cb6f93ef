import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Service } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import { NOT_AWAITED } from "../../kubernetes/notAwaited";
import { blockedPaths } from "./blockedPaths";
import type { Traefik } from "./traefik";
import { TRAEFIK_API } from "./traefikCrds";

/** Which host leads where. */
export interface RouteArgs {
  ingress: Traefik;
  /** Namespace of the Service, one of those that the ingress reaches. A host that is one of the ingress' pages needs none. */
  namespace: string;
  /** Host names under which the Service answers, by HTTPS; at least one. */
  hosts: readonly [string, ...string[]];
  /** Name of the Service. */
  service: string;
  /** Port of the Service. */
  port: number;
  /** What has to be there before the URL is known. The route does not wait for it: it may answer 502 until then. */
  after: readonly pulumi.Resource[];
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
 * The route is in the namespace of routes, and leads to the application's Service by a Service of type ExternalName beside it. Traefik
 * lists every Secret of a namespace whose routes and Services it watches, so it watches none that has an application.
 *
 * Blocked paths are left out of the only rule for the host. A second rule of higher priority that refuses them would be the
 * usual way, and would open them whenever that rule, or the Middleware it needs, is missing or faulty.
 */
export class Route extends pulumi.ComponentResource {
  /** Where the application answers, at the first of its hosts. Known when the route is there. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: RouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Route", name, {}, opts);
    const { ingress, namespace, hosts, service, port, after, blocked = [] } = args;
    const [host] = hosts;
    if (ingress.pageHosts.includes(host)) {
      if (blocked.length > 0) {
        throw new Error(`${host} is a page of Traefik's, where nothing is blocked.`);
      }
      this.url = pulumi.all(after.map(({ urn }) => urn)).apply(() => `https://${host}/`);
      this.registerOutputs({ url: this.url });
      return;
    }
    if (!ingress.reached.includes(namespace)) {
      throw new Error(
        `Traefik does not reach the namespace ${namespace}, so ${host} would lead nowhere: ` +
          "list the namespace in TraefikArgs.reached.",
      );
    }
    const own = { parent: this, dependsOn: ingress.kinds };
    const labels = args.labels === undefined ? {} : { labels: args.labels };
    const target = new Service(
      `${name}-target`,
      {
        metadata: {
          name: service,
          namespace: ingress.routesNamespace,
          ...labels,
          annotations: NOT_AWAITED,
        },
        spec: {
          type: "ExternalName",
          externalName: clusterName(service, namespace),
          ports: [{ name: "http", port }],
        },
      },
      own,
    );
    const route = new CustomResource(
      `${name}-route`,
      {
        apiVersion: TRAEFIK_API,
        kind: "IngressRoute",
        metadata: { name, namespace: ingress.routesNamespace, ...labels },
        spec: {
          entryPoints: ["websecure"],
          routes: hosts.map((at) => ({
            kind: "Rule",
            match: [
              `Host(\`${at}\`)`,
              ...(blocked.length === 0 ? [] : [`!PathRegexp(\`${blockedPaths(blocked)}\`)`]),
            ].join(" && "),
            services: [{ name: target.metadata.name, port }],
          })),
        },
      },
      own,
    );
    ingress.routes.add(target, route);
    this.url = pulumi
      .all([ingress.url, route.id, ...after.map(({ urn }) => urn)])
      .apply(() => `https://${host}/`);
    this.registerOutputs({ url: this.url });
  }
}

/** A Service's name for the whole cluster. The dot at its end keeps resolvers from trying it in other domains first. */
function clusterName(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local.`;
}
