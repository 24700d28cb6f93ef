import type { Fault } from "../faults";
import type { Environment } from "../schema";

/**
 * Host names of two applications, and names that the certificate they are served with does not cover: a wildcard stands for
 * exactly one label.
 *
 * The public name of Confluence is the other way round and must not be such a name: were its own certificate ever missing, the
 * wildcard would be served in its place, and nobody would see it but those who look at the certificate.
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
