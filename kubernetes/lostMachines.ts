import type { Membership } from "./membership";

/** Variable with names of machines, separated by commas, that the operator gives up. It counts if the cluster cannot be asked. */
export const LOST_VARIABLE = "SITEWRIGHT_LOST";

/** Variable with names of nodes, separated by commas, whose own volumes the operator gives up. */
export const GIVE_UP_VOLUMES_VARIABLE = "SITEWRIGHT_GIVE_UP_VOLUMES";

/** A machine that an update would delete. */
export interface Leaving {
  name: string;
  /** Reason, as it reads after the name: "is no longer listed". */
  because: string;
}

/** The machines that the operator gives up. */
export function lostMachines(variables: NodeJS.ProcessEnv = process.env): ReadonlySet<string> {
  return namesIn(variables[LOST_VARIABLE]);
}

/** Names, separated by commas. */
export function namesIn(text = ""): ReadonlySet<string> {
  const names = text.split(",").map((name) => name.trim());
  return new Set(names.filter((name) => name !== ""));
}

/**
 * Why a machine may not be deleted, and what to do about it. Undefined if it may be deleted. The operator can give a machine up only
 * if the cluster cannot be asked; this does not overrule what the cluster says.
 */
export function leavingFault(
  { name, because }: Leaving,
  membership: Membership,
  lost: ReadonlySet<string>,
): string | undefined {
  switch (membership.kind) {
    case "none":
      return undefined;
    case "member":
      return [`${name} ${because}: ${presence(membership)}`, ...steps(name, membership)].join(
        "\n    ",
      );
    case "unreadable":
      return lost.has(name)
        ? undefined
        : [
            `${name} ${because}: it is unknown whether the running cluster still has it`,
            `why:  ${membership.why}`,
            `next: bring the API back. If ${name} is lost for good: make up LOST=${name}, or`,
            `      ${LOST_VARIABLE}=${name} in the environment of pulumi`,
          ].join("\n    ");
    default: {
      const never: never = membership;
      return never;
    }
  }
}

function presence({ node, etcd }: Extract<Membership, { kind: "member" }>): string {
  return node
    ? `the running cluster has it as a Node${etcd ? " and a member of etcd" : ""}`
    : "etcd still has it as a member, although its Node is gone";
}

/** What the operator does in place of what was refused. */
function steps(name: string, { node, etcd }: Extract<Membership, { kind: "member" }>): string[] {
  return [
    `to remove it: take ${name} out of site:nodes; to replace it: give it another generation there. Then`,
    "  make up, or pulumi up in infra, in cluster, and in infra again; where infra ends with this text, cluster first",
    "only where the state of cluster has nothing of it any more, take it out by hand:",
    ...(node
      ? [`  kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data --timeout=10m`]
      : []),
    ...(etcd
      ? [
          "  kubectl --namespace kube-system exec etcd-<another control plane> -- etcdctl \\",
          "    --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt \\",
          "    --key /etc/kubernetes/pki/etcd/server.key member list",
          `  and the same with: member remove <id of ${name}>, while all other members are started`,
        ]
      : []),
    ...(node ? [`  kubectl delete node ${name}`] : []),
  ];
}
