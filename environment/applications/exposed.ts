import type { Environment, NodeSpec } from "../schema";
import type { Application, Entry, Host } from "./application";

type Applications = Pick<Environment, "applications">;

/** The ingress; undefined where the site has none. */
export function ingressOf({ applications }: Applications): Application | undefined {
  return applications.find(({ entry }) => entry !== undefined);
}

/** What the load balancer's ports 80 and 443 lead to; undefined where the site has no ingress. */
export function entryOf(site: Applications): Entry | undefined {
  return ingressOf(site)?.entry;
}

/** Node ports of an application, and the zone whose workers have them open. */
export interface OpenNodePorts {
  application: Application;
  zone: string;
  ports: number[];
}

/** Which zone's workers have which node ports open. */
export function openNodePorts({
  applications,
  namespaces,
}: Pick<Environment, "applications" | "namespaces">): OpenNodePorts[] {
  return applications.flatMap((application) => {
    const { namespace, nodePorts = [] } = application;
    const zone = namespaces.find(({ name }) => name === namespace)?.zone;
    return zone === undefined || nodePorts.length === 0
      ? []
      : [{ application, zone, ports: nodePorts.map(({ port }) => port) }];
  });
}

/** All host names, each with the application and the path of the key that says it. */
export function hostsOf({
  applications,
}: Applications): { application: Application; path: string; host: Host }[] {
  return applications.flatMap((application) =>
    (application.hosts ?? []).map((host) => ({
      application,
      path: pathOf(application, host.key),
      host,
    })),
  );
}

/** All volumes, each with the path of the key that says where it comes from. */
export function volumesOf({ applications }: Applications) {
  return applications.flatMap((application) =>
    (application.volumes ?? []).map((own) => ({
      application,
      ...own,
      path: own.key === "" ? `apps.${application.name}` : pathOf(application, own.key),
    })),
  );
}

/** The path of an application's key in the environment's file. */
export function pathOf({ name }: Pick<Application, "name">, key: string): string {
  return `apps.${name}.${key}`;
}

/** The workers of a zone. */
export function workersOf({ nodes }: Pick<Environment, "nodes">, zone: string): NodeSpec[] {
  return nodes.filter((node) => node.role === "worker" && node.zone === zone);
}
