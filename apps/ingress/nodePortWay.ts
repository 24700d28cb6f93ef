import { openNodePorts, workersOf } from "../../environment/applications/exposed";
import type { Environment } from "../../environment/schema";

/** How the ingress reaches an application in another zone than its own. */
export interface Way {
  /** Port at the application's nodes. */
  nodePort: number;
  /** Addresses of the nodes the application runs on. */
  to: string[];
  /** Addresses of the nodes the ingress runs on, which are those of its packets outside of the pod network. */
  from: string[];
}

type Site = Pick<Environment, "applications" | "loadBalancer" | "namespaces" | "nodes">;

/**
 * The way to an application in another zone than the ingress: by a port of its nodes, for which the firewall between the zones has
 * one flow in one direction (environment/flows.ts). The pod network is no way there: its tunnel is closed between workers of
 * two zones.
 *
 * @returns undefined for an application that the ingress reaches at the pods' own addresses.
 */
export function wayTo(site: Site, name: string): Way | undefined {
  const open = openNodePorts(site).find(
    ({ application }) => application.name === name && application.zone === "other",
  );
  return open === undefined
    ? undefined
    : {
        nodePort: open.ports[0],
        to: workersOf(site, open.zone).map(({ address }) => address),
        from: workersOf(site, site.loadBalancer.zone).map(({ address }) => address),
      };
}
