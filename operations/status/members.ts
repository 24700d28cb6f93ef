import { clientUrl, peerUrl } from "../../cluster/kubeadm/etcdctl";
import type { Infra } from "../../environment/contracts";
import { etcdctlCommand, type ListedMember } from "../../kubernetes/etcdMembers";
import type { Section } from "../../lib/statusSection";
import { isCordonedByUs } from "../leaving/drain";
import {
  addressOf,
  isControlPlane,
  isOwnMember,
  isReady,
  type LeavingMachine,
  ownershipOf,
} from "../leaving/ownNode";
import { type MemberHealth, nameOf } from "../leaving/quorum";
import type { ObservedMembers } from "./observedMembers";

/** What is judged, and by which commands it is mended. */
interface Judged extends ObservedMembers {
  /** Machines of the site: as listed, and held ones. */
  machines: readonly LeavingMachine[];
  site: Pick<Infra, "nodes" | "held">;
  environment: string;
  /** `make up` of the environment. */
  up: string;
  /** The same of the stack cluster alone. */
  upCluster: string;
}

/**
 * What is wrong with the members of a cluster, each with what mends it. It compares three lists: the machines of the site, the Nodes, and
 * the members of etcd.
 */
export function membersSection(
  site: Pick<Infra, "nodes" | "held">,
  observed: ObservedMembers,
  environment: string,
): Section {
  const judged: Judged = {
    ...observed,
    site,
    environment,
    machines: [...site.nodes, ...site.held],
    up: `make up ENV=${environment}`,
    upCluster: `make up STACK=cluster ENV=${environment}`,
  };
  return {
    text: "",
    missing: [
      ...machineFaults(judged),
      ...strayNodes(judged),
      ...cordoned(judged),
      ...etcdFaults(judged),
      ...apiServerFaults(judged),
    ],
    warnings: [...heldMachines(judged), ...evenControlPlanes(judged)],
  };
}

/** Machines without a Node, or whose Node is another machine's. */
function machineFaults({ site, nodes, upCluster }: Judged): string[] {
  return site.nodes.flatMap((machine) => {
    const ownership = ownershipOf(machine, nodes);
    switch (ownership.kind) {
      case "absent":
        return [`machine ${machine.name} has no Node in the cluster: ${upCluster} joins it`];
      case "foreign":
        return [
          `the Node ${machine.name} is another machine's (${ownership.why}): ${upCluster} joins this one in its place`,
        ];
      case "own":
        return [];
      default: {
        const never: never = ownership;
        return never;
      }
    }
  });
}

function strayNodes({ machines, nodes, up }: Judged): string[] {
  return nodes
    .map(({ metadata }) => metadata.name)
    .filter((node) => machines.every(({ name }) => name !== node))
    .map(
      (name) =>
        `the Node ${name} has no machine of the site: ${up} takes out what these programs have joined; if it stays, ` +
        `kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data, then kubectl delete node ${name}`,
    );
}

/** A held machine's leave is going on. */
function cordoned({ nodes, site, up }: Judged): string[] {
  return nodes
    .filter(isCordonedByUs)
    .map(({ metadata }) => metadata.name)
    .filter((node) => site.held.every(({ name }) => name !== node))
    .map(
      (name) =>
        `node ${name} takes no pods, since a leave that did not end has cordoned it: ${up} uses it again, or ends its leave`,
    );
}

function heldMachines({ site, up }: Judged): string[] {
  return site.held.map(
    ({ name, address }) =>
      `infra keeps the machine ${name} (${address}) until the cluster has let it go: ${up} goes on with that`,
  );
}

function evenControlPlanes({ nodes, up }: Judged): string[] {
  const count = nodes.filter(isControlPlane).length;
  return count % 2 === 0 && count > 0
    ? [
        `the cluster has ${count} control planes at the moment, which survive no more losses than ${count - 1}: ${up} goes on to the number that is listed`,
      ]
    : [];
}

function etcdFaults(judged: Judged): string[] {
  const { etcd } = judged;
  if ("why" in etcd) {
    return [
      `the members of etcd cannot be told: ${etcd.why}; ` +
        "kubectl --namespace kube-system get pods --selector component=etcd shows its pods",
    ];
  }
  return [
    ...etcd.flatMap((one) => memberFaults(one, judged)),
    ...withoutMember(
      etcd.map(({ member }) => member),
      judged,
    ),
  ];
}

function memberFaults(one: MemberHealth, judged: Judged): string[] {
  const { machines, nodes, up, upCluster } = judged;
  const { member, fault } = one;
  const name = nameOf(member);
  const owner = machines.find((machine) => isOwnMember(machine, nodes, member));
  if (owner === undefined) {
    return [
      `etcd has ${described(one)}, and the site has no such control plane: ${up}; ` +
        `if it stays, and all other members are healthy: ${removal(one, judged)}`,
    ];
  }
  if (member.name === "") {
    return [`${name} of etcd, ${owner.name}, has never started: ${upCluster} joins it again`];
  }
  if (member.isLearner) {
    return [
      `the member ${name} of etcd is a learner, without a vote: its join has not ended; ${upCluster} repeats it`,
    ];
  }
  return fault === undefined
    ? []
    : [
        `the member ${name} of etcd is not healthy (${fault}): ` +
          `kubectl --namespace kube-system logs etcd-${name}, and journalctl --unit kubelet on ${owner.name}, say why; ` +
          `if its machine is lost for good, give it another generation in site:nodes, then ${up}`,
      ];
}

function described({ member, fault }: MemberHealth): string {
  const kind = member.name === "" ? "not started" : member.isLearner ? "a learner" : "a voter";
  const name = member.name === "" ? nameOf(member) : `the member ${nameOf(member)}`;
  return `${name} (${[kind, fault === undefined ? "healthy" : "not healthy"].join(", ")})`;
}

/** The command that removes a member, on a member that is healthy. */
function removal({ member }: MemberHealth, { etcd }: Judged): string {
  const others = "why" in etcd ? [] : etcd;
  const asked = others.find(
    (one) => one.member !== member && one.fault === undefined && !one.member.isLearner,
  );
  const command = etcdctlCommand(clientUrl("127.0.0.1"), "member", "remove", member.id);
  const pod = `etcd-${asked?.member.name ?? "<another control plane>"}`;
  return `kubectl --namespace kube-system exec ${pod} -- ${command.join(" ")}`;
}

/** Control planes that etcd does not have. */
function withoutMember(
  members: readonly ListedMember[],
  { machines, nodes, up }: Judged,
): string[] {
  return nodes
    .filter(isControlPlane)
    .filter((node) => {
      const machine = machines.find(({ name }) => name === node.metadata.name);
      const its = addressOf(node);
      return !members.some(
        (member) =>
          (its !== undefined && member.peerURLs.includes(peerUrl(its))) ||
          (machine !== undefined && isOwnMember(machine, nodes, member)),
      );
    })
    .map(
      ({ metadata }) =>
        `control plane ${metadata.name} has no member of etcd: give it another generation in site:nodes, then ${up} replaces it`,
    );
}

/** A kubelet that is not ready is told with its node, and says nothing of the API server beside it. */
function apiServerFaults({ nodes, apiServers, up, environment }: Judged): string[] {
  return nodes
    .filter((node) => isControlPlane(node) && isReady(node))
    .filter(({ metadata }) => !apiServers.has(metadata.name))
    .map((node) => {
      const { name } = node.metadata;
      return (
        `the API server of ${name} does not answer at its own address ${addressOf(node) ?? ""}, others do: ` +
        `kubectl --namespace kube-system logs kube-apiserver-${name}, and journalctl --unit kubelet on ${name}, say why; ` +
        `what was changed by hand there: make drift ENV=${environment}, then ${up}`
      );
    });
}
