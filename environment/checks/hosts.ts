import { entryOf, hostsOf, ingressOf, pathOf } from "../applications/exposed";
import type { Fault } from "../faults";
import type { Environment } from "../schema";

/**
 * Host names of two applications, and names that the certificate they are served with does not cover: a wildcard stands for
 * exactly one label.
 *
 * A name with a certificate of its own must not be one that the wildcard covers: if its certificate were missing, the ingress would
 * serve the wildcard in its place, and only a look at the certificate would show it.
 */
export function hostFaults(site: Pick<Environment, "applications">): Fault[] {
  const all = hostsOf(site);
  const domain = entryOf(site)?.domain;
  const inside = all.filter(({ host }) => host.certificate === "wildcard");
  const outside = all.filter(({ host }) => host.certificate !== "wildcard");
  return [
    ...all.flatMap(({ path, host: { name } }, index) => {
      const earlier = all.slice(0, index).find(({ host }) => host.name === name);
      return earlier === undefined
        ? []
        : [
            {
              path,
              value: name,
              reason: `is the same as ${earlier.path}`,
              allowed: "a host name no other application has",
            },
          ];
    }),
    ...(domain === undefined
      ? []
      : [
          ...inside
            .filter(({ host }) => !isCovered(host.name, domain))
            .map(({ path, host: { name } }) => ({
              path,
              value: name,
              reason: `is not covered by the ingress' certificate for *.${domain}`,
              allowed: `one label and .${domain}`,
            })),
          ...outside
            .filter(
              ({ host: { name } }) =>
                isCovered(name, domain) && !inside.some(({ host }) => host.name === name),
            )
            .map(({ path, host: { name } }) => ({
              path,
              value: name,
              reason: `is covered by the ingress' certificate for *.${domain}, which would hide that its own is missing`,
              allowed: `a name that does not lie directly below ${domain}`,
            })),
        ]),
  ];
}

/**
 * Host names that nothing leads to, an ingress that leads to nothing, and applications with routes in the ingress' own namespace:
 * it would read all Secrets there, which are its own and Consul's.
 */
export function ingressFaults(site: Pick<Environment, "applications">): Fault[] {
  const entry = ingressOf(site);
  if (entry === undefined) {
    return hostsOf(site).map(({ path, host: { name } }) => ({
      path,
      value: name,
      reason: "is a host name, and this environment has no ingress that leads to it",
      allowed: "an ingress in apps.ingress, or no such key",
    }));
  }
  const routed = site.applications.filter(({ hosts = [] }) =>
    hosts.some(({ by }) => by === "route"),
  );
  return [
    ...routed
      .filter(({ namespace }) => namespace === entry.namespace)
      .map((application) => ({
        path: pathOf(application, "namespace"),
        value: application.namespace,
        reason: `is the namespace of apps.${entry.name}, which would read all Secrets there`,
        allowed: "another namespace of the same zone",
      })),
    ...(routed.length > 0
      ? []
      : [
          {
            path: `apps.${entry.name}`,
            value: undefined,
            reason: "leads to no application: none with a host name is there",
            allowed: "an application such as apps.whoami, or no such key",
          },
        ]),
  ];
}

/** Whether the wildcard of a domain stands for a host. */
function isCovered(host: string, domain: string): boolean {
  const [, ...rest] = host.split(".");
  return rest.join(".") === domain;
}
