import type { Fault } from "../faults";
import type { Environment } from "../schema";

/**
 * Host names of two applications, and names that the certificate they are served with does not cover: a wildcard stands for
 * exactly one label.
 *
 * The public name of Confluence must not be a name that the wildcard covers: if its own certificate were missing, Traefik would serve
 * the wildcard in its place, and only a look at the certificate would show it.
 */
export function hostFaults({ apps }: Pick<Environment, "apps">): Fault[] {
  const { ingress, whoami, outpost, consul, confluence, dashboard } = apps;
  const { domain } = ingress;
  const inside: [path: string, host: string][] = [
    ["apps.ingress.dashboardHost", ingress.dashboardHost],
    ["apps.whoami.host", whoami.host],
    ...(outpost === undefined
      ? []
      : [["apps.outpost.host", outpost.host] satisfies [string, string]]),
    ["apps.consul.uiHost", consul.uiHost],
    ["apps.confluence.host", confluence.host],
    ["apps.confluence.database.adminerHost", confluence.database.adminerHost],
    ["apps.dashboard.host", dashboard.host],
  ];
  const publicHost: [path: string, host: string] = [
    "apps.confluence.publicHost.name",
    confluence.publicHost.name,
  ];
  const all = [...inside, publicHost];
  return [
    ...all.flatMap(([path, host], index) => {
      const earlier = all.slice(0, index).find(([, other]) => other === host);
      return earlier === undefined
        ? []
        : [
            {
              path,
              value: host,
              reason: `is the same as ${earlier[0]}`,
              allowed: "a host name no other application has",
            },
          ];
    }),
    ...inside
      .filter(([, host]) => !isCovered(host, domain))
      .map(([path, host]) => ({
        path,
        value: host,
        reason: `is not covered by the ingress' certificate for *.${domain}`,
        allowed: `one label and .${domain}`,
      })),
    ...[publicHost]
      .filter(([, host]) => isCovered(host, domain) && !inside.some(([, other]) => other === host))
      .map(([path, host]) => ({
        path,
        value: host,
        reason: `is covered by the ingress' certificate for *.${domain}, which would hide that its own is missing`,
        allowed: `a name that does not lie directly below ${domain}`,
      })),
  ];
}

/** Whether the wildcard of a domain stands for a host. */
function isCovered(host: string, domain: string): boolean {
  const [, ...rest] = host.split(".");
  return rest.join(".") === domain;
}
