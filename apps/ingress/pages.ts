import type { types } from "@pulumi/kubernetes";

import type { Environment } from "../../environment/schema";
import type { Page } from "./dynamicConfig";
import { wayTo } from "./nodePortWay";

/** A page, and how Traefik's pods reach it. */
export interface ReachedPage extends Page {
  egress: types.input.networking.v1.NetworkPolicyEgressRule;
}

/** The pages of applications in other zones, which Traefik reaches at ports of nodes. */
export function pagesInOtherZones(
  site: Pick<Environment, "applications" | "loadBalancer" | "namespaces" | "nodes">,
): ReachedPage[] {
  return site.applications.flatMap(({ name, hosts = [] }) => {
    const way = wayTo(site, name);
    return way === undefined
      ? []
      : hosts.map((host) => ({
          name,
          host: host.name,
          urls: way.to.map((address) => `http://${address}:${way.nodePort}`),
          // Only nodes with a pod of it answer.
          healthPath: "/health",
          egress: {
            to: way.to.map((address) => ({ ipBlock: { cidr: `${address}/32` } })),
            ports: [{ port: way.nodePort }],
          },
        }));
  });
}
