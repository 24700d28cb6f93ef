import fc from "fast-check";
import ipaddr from "ipaddr.js";

import type { RawSite } from "../../environment/load/parse";
import type { WholeSite } from "../environment";
import type { Spoiling } from "./shapeFaults";

/** A committed environment as it stands in the file, which has every key that faults are made of here. */
type Site = RawSite &
  Pick<
    WholeSite,
    "zones" | "loadBalancer" | "nodes" | "namespaces" | "kubernetes" | "apps" | "storageClasses"
  >;

const edit =
  (change: (site: Site) => void) =>
  (site: RawSite): void =>
    change(site as Site);

/** A name that nothing in the environment has; the second is one that every JavaScript object answers to. */
const nowhere = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9]{3,20}$/).map((name) => `no-${name}`),
  fc.constant("constructor"),
);

/** Two different places of a list, the lower first. */
const twoOf = (length: number): fc.Arbitrary<[number, number]> =>
  fc
    .uniqueArray(fc.nat({ max: length - 1 }), { minLength: 2, maxLength: 2 })
    .map((pair) => pair.sort((a, b) => a - b) as [number, number]);

const APPS_AT_HOME = ["ingress", "whoami", "consul", "confluence", "dashboard"] as const;
const HOSTS = [
  ["ingress", "dashboardHost"],
  ["whoami", "host"],
  ["consul", "uiHost"],
  ["confluence", "host"],
  ["dashboard", "host"],
] as const;

/** Faults that span several keys, each of values that are right by themselves. */
export function siteFaults(raw: RawSite): fc.Arbitrary<Spoiling> {
  const site = raw as Site;
  const node = fc.nat({ max: site.nodes.length - 1 });
  const namespace = fc.nat({ max: site.namespaces.length - 1 });
  return fc.oneof(
    twoOf(site.nodes.length).map(([first, second]) => ({
      doing: `two machines with one address, ${first} and ${second}`,
      path: `nodes[${second}].address`,
      reason: /^is the same as nodes\[/,
      spoil: edit(({ nodes }) => {
        nodes[second].address = nodes[first].address;
        nodes[second].zone = nodes[first].zone;
      }),
    })),
    node.map((index) => ({
      doing: `machine ${index} with the load balancer's address`,
      path: `nodes[${index}].address`,
      reason: /^is the same as loadBalancer\.address$/,
      spoil: edit(({ nodes, loadBalancer }) => {
        nodes[index].address = loadBalancer.address;
        nodes[index].zone = loadBalancer.zone;
      }),
    })),
    twoOf(site.nodes.length).map(([first, second]) => ({
      doing: `two machines with one name, ${first} and ${second}`,
      path: `nodes[${second}].name`,
      reason: /^is the same as nodes\[/,
      spoil: edit(({ nodes }) => {
        nodes[second].name = nodes[first].name;
      }),
    })),
    fc
      .tuple(node, fc.ipV4())
      .filter(([, address]) => isOutside(address, site))
      .map(([index, address]) => ({
        doing: `machine ${index} at ${address}`,
        path: `nodes[${index}].address`,
        reason: /^is no host address of its zone/,
        spoil: edit(({ nodes }) => {
          nodes[index].address = address;
        }),
      })),
    fc.tuple(node, nowhere).map(([index, name]) => ({
      doing: `machine ${index} in zone ${name}`,
      path: `nodes[${index}].zone`,
      reason: /^is no zone of this environment$/,
      spoil: edit(({ nodes }) => {
        nodes[index].zone = name;
      }),
    })),
    fc.tuple(namespace, nowhere).map(([index, name]) => ({
      doing: `namespace ${index} in zone ${name}`,
      path: `namespaces[${index}].zone`,
      reason: /^is no zone of this environment$/,
      spoil: edit(({ namespaces }) => {
        namespaces[index].zone = name;
      }),
    })),
    fc
      .constantFrom(...site.nodes.keys())
      .filter((index) => site.nodes[index].role === "worker")
      .map((index) => ({
        doing: `worker ${index} as a second control plane`,
        path: "nodes",
        reason: /^has an even number of control planes/,
        spoil: edit(({ nodes }) => {
          nodes[index].role = "control-plane";
          nodes[index].memoryMiB = 4096;
        }),
      })),
    fc.constantFrom(...Object.keys(site.zones), "podSubnet").chain((taken) =>
      fc.integer({ min: 0, max: 4 }).map((longer) => ({
        doing: `services in a part of the network of ${taken}`,
        path: "kubernetes.serviceSubnet",
        reason: /^overlaps /,
        spoil: edit(({ kubernetes, zones }) => {
          const network = taken === "podSubnet" ? kubernetes.podSubnet : zones[taken].cidr;
          const [address, prefix] = ipaddr.IPv4.parseCIDR(network);
          kubernetes.serviceSubnet = `${address.toString()}/${prefix + longer}`;
        }),
      })),
    ),
    fc.tuple(fc.constantFrom(...APPS_AT_HOME), nowhere).map(([app, name]) => ({
      doing: `${app} in namespace ${name}`,
      path: `apps.${app}.namespace`,
      reason: /^is no namespace of the load balancer's zone/,
      spoil: edit(({ apps }) => {
        apps[app].namespace = name;
      }),
    })),
    nowhere.map((name) => ({
      doing: `Consul on storage class ${name}`,
      path: "apps.consul.storageClass",
      reason: /^is no storage class of this environment$/,
      spoil: edit(({ apps }) => {
        apps.consul.storageClass = name;
      }),
    })),
    fc.constant({
      doing: "no default storage class",
      path: "storageClasses",
      reason: /^has no default class$/,
      spoil: edit(({ storageClasses }) => {
        storageClasses.forEach((one) => (one.default = false));
      }),
    }),
    fc
      .tuple(fc.constantFrom(...HOSTS), fc.stringMatching(/^[a-z]{1,8}\.[a-z]{2,8}$/))
      .map(([[app, key], host]) => ({
        doing: `${app} at ${host}`,
        path: `apps.${app}.${key}`,
        reason: /^is not covered by the ingress' certificate/,
        spoil: edit(({ apps }) => {
          (apps[app] as unknown as Record<string, string>)[key] = host;
        }),
      })),
    fc
      .tuple(fc.constantFrom("ingress", "whoami"), fc.integer({ min: site.nodes.length, max: 99 }))
      .map(([app, replicas]) => ({
        doing: `${replicas} pods of ${app}`,
        path: `apps.${app}.replicas`,
        reason: /^is more than the \d+ workers/,
        spoil: edit(({ apps }) => {
          apps[app as "ingress" | "whoami"].replicas = replicas;
        }),
      })),
    fc.tuple(fc.integer({ min: 0, max: 26 }), fc.nat({ max: 30 })).map(([minor, patch]) => ({
      doing: `Kubernetes 1.${minor}.${patch}`,
      path: "kubernetes.version",
      reason: /^is not supported$/,
      spoil: edit(({ kubernetes }) => {
        kubernetes.version = `1.${minor}.${patch}`;
      }),
    })),
  );
}

function isOutside(address: string, { zones }: Site): boolean {
  return Object.values(zones).every(
    ({ cidr }) => !ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr)),
  );
}
