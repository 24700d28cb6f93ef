import type { Application, Entry } from "../applications/application";
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
 * Host names that nothing leads to, an ingress that leads to nothing, and a namespace of routes that is none: with an application in it, whose
 * Secrets the ingress would read, or not of the load balancer's zone.
 */
export function ingressFaults(
  site: Pick<Environment, "applications" | "namespaces" | "loadBalancer" | "zones">,
): Fault[] {
  const ingress = ingressOf(site);
  if (ingress?.entry === undefined) {
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
    ...routesFaults(ingress, ingress.entry, site),
    ...(routed.length > 0
      ? []
      : [
          {
            path: `apps.${ingress.name}`,
            value: undefined,
            reason: "leads to no application: none with a host name is there",
            allowed: "an application such as apps.whoami, or no such key",
          },
        ]),
  ];
}

function routesFaults(
  ingress: Application,
  { routes: { key, namespace } }: Entry,
  { applications, namespaces, loadBalancer, zones }: Parameters<typeof ingressFaults>[0],
): Fault[] {
  // A load balancer without a zone is another check's fault; do not report it twice.
  if (!Object.hasOwn(zones, loadBalancer.zone)) {
    return [];
  }
  const taken = applications.filter((application) => application.namespace === namespace);
  const free = namespaces
    .filter(({ zone }) => zone === loadBalancer.zone)
    .map(({ name }) => name)
    .filter((name) => !applications.some((application) => application.namespace === name));
  const reason =
    taken.length > 0
      ? `is the namespace of ${taken.map(({ name }) => `apps.${name}`).join(", ")}, whose Secrets ${ingress.name} would read`
      : free.includes(namespace)
        ? undefined
        : `is no namespace of the load balancer's zone ${loadBalancer.zone}`;
  return reason === undefined
    ? []
    : [
        {
          path: pathOf(ingress, key),
          value: namespace,
          reason,
          allowed:
            free.join(", ") || "first a namespace of that zone without applications in namespaces",
        },
      ];
}

/** Whether the wildcard of a domain stands for a host. */
function isCovered(host: string, domain: string): boolean {
  const [, ...rest] = host.split(".");
  return rest.join(".") === domain;
}
