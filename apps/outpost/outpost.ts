import type { Environment } from "../../environment/schema";
import type { ReachedPage } from "../ingress/pages";

/** How the ingress reaches an application in another zone than its own. */
export interface Way {
  /** Port at the application's nodes. */
  nodePort: number;
  /** Addresses of the nodes the application runs on. */
  to: string[];
  /** Addresses of the nodes the ingress runs on, which are those of its packets outside of the pod network. */
  from: string[];
}

type Site = Pick<Environment, "apps" | "loadBalancer" | "namespaces" | "nodes">;

/**
 * The way to the outpost, which is in another zone than the ingress: by a port of its nodes, for which the firewall between the zones has
 * one flow in one direction (environment/flows.ts). The pod network is no way there: its tunnel is closed between workers of
 * two zones.
 *
 * @returns undefined when there is no outpost.
 */
export function outpostWay({ apps, loadBalancer, namespaces, nodes }: Site): Way | undefined {
  const { outpost } = apps;
  const zone = namespaces.find(({ name }) => name === outpost?.namespace)?.zone;
  if (outpost === undefined || zone === undefined) {
    return undefined;
  }
  const workers = (where: string) =>
    nodes.filter((node) => node.role === "worker" && node.zone === where);
  return {
    nodePort: outpost.nodePort,
    to: workers(zone).map(({ address }) => address),
    from: workers(loadBalancer.zone).map(({ address }) => address),
  };
}

/** The outpost's page at the ingress; none without an outpost. */
export function outpostPages(site: Site): ReachedPage[] {
  const way = outpostWay(site);
  const host = site.apps.outpost?.host;
  if (way === undefined || host === undefined) {
    return [];
  }
  return [
    {
      name: "outpost",
      host,
      urls: way.to.map((address) => `http://${address}:${way.nodePort}`),
      // Only nodes with a pod of it answer.
      healthPath: "/health",
      egress: {
        to: way.to.map((address) => ({ ipBlock: { cidr: `${address}/32` } })),
        ports: [{ port: way.nodePort }],
      },
    },
  ];
}
