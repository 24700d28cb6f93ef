import ipaddr from "ipaddr.js";

import { contains } from "../lib/ipv4";
import { openNodePorts, volumesOf, workersOf } from "./applications/exposed";
import { entryAddress, loadBalancerMachines } from "./loadBalancers";
import type { Environment } from "./schema";
import { vcenterAddress, vcenterPort } from "./vcenterAddress";

/** One flow that the firewall between the zones lets through, with its replies. All other traffic is dropped. */
export interface Flow {
  /** The end that opens the connection, as the table names it: `control plane`, `zone dmz`, `API`. */
  from: string;
  to: string;
  protocol: "tcp" | "udp";
  /** Destination ports. */
  ports: number[];
  /** What it is for. */
  reason: string;
  /** IPv4 addresses or networks of `from`. */
  fromAddresses: string[];
  /** IPv4 addresses or networks of `to`. */
  toAddresses: string[];
  /** How it is tried before a node joins (joinFlows.ts). Undefined if it is not: nothing answers yet, or the owner has added it. */
  trial?: Trial;
}

/**
 * How a flow is tried. `answered`: something listens there already and must take the connection. `reached`: it may not listen yet, so a
 * refusal by the machine counts, too. `inbound`: as `reached`, from the source, when the destination joins. `dns`, `ntp`: one of the
 * addresses must answer a question.
 */
export type Trial = "answered" | "reached" | "inbound" | "dns" | "ntp";

/** What an extra flow needs to name its ends. */
type Named = Pick<Environment, "zones" | "nodes" | "nas"> & { apiAddress?: string };

/** What the API's flow is for, wherever it comes from. */
export const API_REASON = "API at the load balancer";
const API_OF_EACH = "API of each control plane";

interface Party {
  label: string;
  addresses: string[];
}

/**
 * All flows to open between the zones of an environment: those every cluster with a separate zone needs, and those the
 * environment adds. Firewall rules and the table in the documents are made of this list, so they cannot disagree. The
 * control plane lives in the load balancer's zone; a zone without machines gets no flows.
 */
export function flowsOf(environment: Environment): Flow[] {
  const { loadBalancer, kubernetes } = environment;
  const controlPlane = resolve("control-plane", environment);
  const apiAddress = entryAddress(loadBalancer);
  const api = { label: "API", addresses: [apiAddress] };
  const { tunnelPort, controllerPort, name: cniName } = portsOfCni(environment.cni);
  return [
    ...separateZones(environment).flatMap((zone) => {
      const there = resolve(zone, environment);
      return [
        flow(controlPlane, there, "tcp", [10250], "kubelet: logs, exec, metrics", "inbound"),
        flow(controlPlane, there, "udp", [tunnelPort], `${cniName}: tunnel of the pods' packets`),
        flow(there, controlPlane, "udp", [tunnelPort], `${cniName}: tunnel of the pods' packets`),
        flow(there, api, "tcp", [kubernetes.apiPort], API_REASON, "answered"),
        flow(there, controlPlane, "tcp", [kubernetes.apiPort], API_OF_EACH, "reached"),
        ...(controllerPort === undefined
          ? []
          : [
              flow(
                there,
                controlPlane,
                "tcp",
                [controllerPort],
                `${cniName}: controller`,
                "reached",
              ),
            ]),
        ...nfsFlows(environment, zone),
      ];
    }),
    ...timeFlows(environment),
    ...nodePortFlows(environment),
    ...vcenterFlows(environment),
    ...environment.flows
      .map(({ from, to, protocol, ports, reason }) => {
        const named = { ...environment, apiAddress };
        return flow(resolve(from, named), resolve(to, named), protocol, ports, reason);
      })
      // Of a zone without nodes there is nothing to open.
      .filter(
        ({ fromAddresses, toAddresses }) => fromAddresses.length > 0 && toAddresses.length > 0,
      ),
  ];
}

/** Zones with nodes beside that of the load balancer and the control plane. */
export function separateZones({
  loadBalancer,
  nodes,
  zones,
}: Pick<Environment, "loadBalancer" | "nodes" | "zones">): string[] {
  return Object.keys(zones).filter(
    (zone) => zone !== loadBalancer.zone && nodes.some((node) => node.zone === zone),
  );
}

/** Flows from the ingress to the applications in other zones. */
function nodePortFlows(environment: Environment): Flow[] {
  const { loadBalancer } = environment;
  const workers = (zone: string): Party => ({
    label: `workers of zone ${zone}`,
    addresses: workersOf(environment, zone).map(({ address }) => address),
  });
  return openNodePorts(environment)
    .filter(({ zone }) => zone !== loadBalancer.zone && workers(zone).addresses.length > 0)
    .map(({ application, zone, ports }) =>
      flow(
        workers(loadBalancer.zone),
        workers(zone),
        "tcp",
        ports,
        `ingress: ${application.name}, an application there`,
      ),
    );
}

/** NTP from the machines of each zone to the time servers outside it. A server that is named, and not addressed, is the owner's to open. */
function timeFlows(environment: Environment): Flow[] {
  const { zones, nodes, loadBalancer, timeServers = [] } = environment;
  const machines = [...loadBalancerMachines(loadBalancer), ...nodes];
  const servers = timeServers.filter((server) => ipaddr.IPv4.isValidFourPartDecimal(server));
  return Object.entries(zones).flatMap(([zone, { cidr }]) => {
    const own = machines.filter((machine) => machine.zone === zone);
    const from = {
      label: `machines of zone ${zone}`,
      addresses: own.map(({ address }) => address),
    };
    return servers
      .filter((server) => own.length > 0 && !contains(cidr, server))
      .map((server) =>
        flow(from, { label: `time server ${server}`, addresses: [server] }, "udp", [123], "NTP"),
      );
  });
}

/** Flow of the cloud controller manager and of the CSI driver's controller to the vCenter. Both run on the control planes. */
function vcenterFlows(environment: Environment): Flow[] {
  const { kubernetes, vsphere } = environment;
  if (kubernetes.cloudProvider === undefined) {
    return [];
  }
  const vcenter = { label: "vCenter", addresses: [vcenterAddress(vsphere)] };
  const controlPlane = resolve("control-plane", environment);
  const reason = "vCenter: cloud provider and volumes";
  return [flow(controlPlane, vcenter, "tcp", [vcenterPort(vsphere)], reason, "answered")];
}

/**
 * NFS to the file server, from those nodes of a zone on which pods with a volume of it may run. By version 4.1, as volumes are mounted
 * (apps/volumes.ts), which needs no other port.
 */
function nfsFlows(environment: Environment, zone: string): Flow[] {
  const { nas, namespaces } = environment;
  const mounts = volumesOf(environment).some(
    ({ application, volume }) =>
      nas !== undefined &&
      [nas.name, nas.address].includes(volume.nfs?.server ?? "") &&
      namespaces.some(({ name, zone: home }) => name === application.namespace && home === zone),
  );
  const from = {
    label: `workers of zone ${zone}`,
    addresses: workersOf(environment, zone).map(({ address }) => address),
  };
  return mounts
    ? [
        flow(
          from,
          resolve("nas", environment),
          "tcp",
          [2049],
          "NFS: volumes of applications there",
          "reached",
        ),
      ]
    : [];
}

interface CniPorts {
  name: string;
  /** UDP port of the tunnel between nodes. */
  tunnelPort: number;
  /** TCP port where agents reach their controller, if there is one. */
  controllerPort?: number;
}

/**
 * Antrea's ports: UDP of the tunnel (Geneve's from IANA), TCP of the controller's and the agents' own API. Agents ask the
 * controller; their own API serves probes on the node and antctl, so nothing opens it to others.
 * @see https://github.com/antrea-io/antrea/blob/v2.7.0/docs/network-requirements.md
 */
export const ANTREA_PORTS = { tunnel: 6081, controller: 10349, agent: 10350 } as const;

/** Ports that a CNI uses between nodes. */
export function portsOfCni(cni: Environment["cni"]): CniPorts {
  switch (cni.type) {
    case "antrea":
      return {
        name: "Antrea",
        tunnelPort: ANTREA_PORTS.tunnel,
        controllerPort: ANTREA_PORTS.controller,
      };
    case "flannel":
      return { name: "flannel", tunnelPort: cni.vxlanPort };
    default: {
      const never: never = cni;
      return never;
    }
  }
}

function flow(
  from: Party,
  to: Party,
  protocol: Flow["protocol"],
  ports: number[],
  reason: string,
  trial?: Trial,
): Flow {
  return {
    from: from.label,
    to: to.label,
    protocol,
    ports,
    reason,
    fromAddresses: from.addresses,
    toAddresses: to.addresses,
    ...(trial === undefined ? {} : { trial }),
  };
}

/** The end of a flow that a name stands for. Undefined if the name is unknown. */
export function party(name: string, site: Named): Party | undefined {
  if (name === "control-plane") {
    return {
      label: "control plane",
      addresses: addresses(site, ({ role }) => role === "control-plane"),
    };
  }
  if (name === "api" && site.apiAddress !== undefined) {
    return { label: "API", addresses: [site.apiAddress] };
  }
  if (name === "nas" && site.nas !== undefined) {
    return { label: "NAS", addresses: [site.nas.address] };
  }
  if (name in site.zones) {
    return { label: `zone ${name}`, addresses: addresses(site, ({ zone }) => zone === name) };
  }
  const node = site.nodes.find((one) => one.name === name);
  if (node !== undefined) {
    return { label: node.name, addresses: [node.address] };
  }
  return ipaddr.IPv4.isValidFourPartDecimal(name) || ipaddr.IPv4.isValidCIDRFourPartDecimal(name)
    ? { label: name, addresses: [name] }
    : undefined;
}

function resolve(name: string, site: Named): Party {
  const found = party(name, site);
  if (found === undefined) {
    throw new Error(
      `"${name}" names nothing in this environment, although the check of its flows passed.`,
    );
  }
  return found;
}

function addresses(
  { nodes }: Pick<Environment, "nodes">,
  wanted: (node: Environment["nodes"][number]) => boolean,
): string[] {
  return nodes.filter(wanted).map(({ address }) => address);
}
