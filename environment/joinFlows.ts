import { API_REASON, type Flow, flowsOf } from "./flows";
import { entryAddress } from "./loadBalancers";
import type { Environment, NodeSpec } from "./schema";

/** Ports of etcd on a control plane: clients, and other members. */
const ETCD_PORTS = [2379, 2380];

/** Where images are fetched from if the environment names nothing else. */
const KUBERNETES_REGISTRY = "registry.k8s.io";

/** Checks of kubeadm's preflight without which images need not be fetched: `all`, or this one. */
const IMAGE_PULL = ["all", "imagepull"];

/** Ports of URLs that name none. */
const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/**
 * Flows that a node needs in order to join, from that node alone, to what serves before any machine is a node: resolvers, time servers,
 * the API at the load balancer, the vCenter, the NAS, repositories of packages, registries. They are those of flowsOf, and those within
 * its network or out of the site, which no firewall between the zones has to know. Ends outside the site are named by host name.
 */
export function serviceFlows(environment: Environment, node: NodeSpec): Flow[] {
  const { kubernetes, loadBalancer, zones, timeServers = [] } = environment;
  const { dnsServers } = zones[node.zone] as Environment["zones"][string];
  const own = (flow: Omit<Flow, "from" | "fromAddresses">): Flow => ({
    ...flow,
    from: `zone ${node.zone}`,
    fromAddresses: [node.address],
  });
  const listed = listedFlows(environment, node).filter((flow) => !isToNodes(flow, environment));
  const api = own({
    to: "API",
    toAddresses: [entryAddress(loadBalancer)],
    protocol: "tcp",
    ports: [kubernetes.apiPort],
    reason: API_REASON,
    trial: "answered",
  });
  return [
    own({
      to: "resolvers",
      toAddresses: dnsServers,
      protocol: "udp",
      ports: [53],
      reason: "DNS",
      trial: "dns",
    }),
    ...(timeServers.length === 0
      ? []
      : [
          own({
            to: "time servers",
            toAddresses: timeServers,
            protocol: "udp",
            ports: [123],
            reason: "NTP",
            trial: "ntp",
          }),
        ]),
    ...(listed.some(({ reason }) => reason === API_REASON) ? [] : [api]),
    ...listed,
    ...downloads(environment).map(({ to, url, reason }) =>
      own({
        to,
        toAddresses: [url.hostname],
        protocol: "tcp",
        ports: [Number(url.port || DEFAULT_PORTS[url.protocol])],
        reason,
        trial: "answered",
      }),
    ),
  ];
}

/**
 * Flows that a node needs in order to join, from that node alone, to other nodes: to control planes from another zone, and between control
 * planes. The others' firewalls are open once they are prepared.
 *
 * @param isUp - Whether a machine answers, by its name. Flows to others are left out: their silence would prove nothing.
 */
export function nodeFlows(
  environment: Environment,
  node: NodeSpec,
  isUp: (name: string) => boolean,
): Flow[] {
  const { kubernetes, nodes } = environment;
  const up = new Set(nodes.filter(({ name }) => isUp(name)).map(({ address }) => address));
  const others = nodes.filter(({ role, name }) => role === "control-plane" && name !== node.name);
  const betweenControlPlanes: Flow = {
    from: "control plane",
    fromAddresses: [node.address],
    to: "control plane",
    toAddresses: others.map(({ address }) => address),
    protocol: "tcp",
    ports: [kubernetes.apiPort, ...ETCD_PORTS],
    reason: "API and etcd of the other control planes",
    trial: "reached",
  };
  return [
    ...listedFlows(environment, node).filter((flow) => isToNodes(flow, environment)),
    ...(node.role === "control-plane" ? [betweenControlPlanes] : []),
  ]
    .map((flow) => ({
      ...flow,
      toAddresses: flow.toAddresses.filter((address) => up.has(address)),
    }))
    .filter(({ toAddresses }) => toAddresses.length > 0);
}

/** Flows by which a control plane reaches a node that joins. Empty if the firewall lets none from this one through. */
export function inboundFlows(
  environment: Environment,
  node: NodeSpec,
  controlPlane: Pick<NodeSpec, "name">,
): Flow[] {
  const from = environment.nodes.find(({ name }) => name === controlPlane.name)?.address;
  return flowsOf(environment)
    .filter(
      ({ trial, fromAddresses, toAddresses }) =>
        trial === "inbound" &&
        from !== undefined &&
        fromAddresses.includes(from) &&
        toAddresses.includes(node.address),
    )
    .map((flow) => ({ ...flow, fromAddresses: [from as string], toAddresses: [node.address] }));
}

function listedFlows(environment: Environment, { address }: NodeSpec): Flow[] {
  return flowsOf(environment)
    .filter(
      ({ trial, fromAddresses }) =>
        trial !== undefined && trial !== "inbound" && fromAddresses.includes(address),
    )
    .map((flow) => ({ ...flow, fromAddresses: [address] }));
}

function isToNodes({ toAddresses }: Flow, { nodes }: Pick<Environment, "nodes">): boolean {
  return nodes.some(({ address }) => toAddresses.includes(address));
}

/** Where a node fetches packages and images from. With a mirror the images' own registries are asked only for what it lacks. */
function downloads({
  packages,
  containerd,
  kubernetes,
}: Pick<Environment, "packages" | "containerd" | "kubernetes">) {
  const registries = new Set([
    kubernetes.imageRepository?.split("/")[0] ?? KUBERNETES_REGISTRY,
    containerd.sandboxImage.split("/")[0] as string,
  ]);
  const needsImages = !kubernetes.ignorePreflightErrors.some((check) =>
    IMAGE_PULL.includes(check.toLowerCase()),
  );
  return [
    ...packages.repositories.map(({ name, url }) => ({
      to: `repository ${name}`,
      url: new URL(url),
      reason: "packages",
    })),
    ...(containerd.registryMirror !== undefined
      ? [{ to: "registry mirror", url: new URL(containerd.registryMirror), reason: "images" }]
      : needsImages
        ? [...registries]
            .filter((host) => /[.:]/.test(host))
            .map((host) => ({ to: "registry", url: new URL(`https://${host}`), reason: "images" }))
        : []),
  ];
}
