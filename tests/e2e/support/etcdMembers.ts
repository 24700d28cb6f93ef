import { poll } from "../../../lib/poll";
import { kubectl } from "./harness";

/** A member of etcd. */
export interface Member {
  /** Empty until it has started. */
  name: string;
  peerURLs: string[];
  /** A learner has no vote yet. */
  isLearner: boolean;
}

const PKI = "/etc/kubernetes/pki/etcd";

/** The members as one of these control planes tells them, sorted by name. Fails when none answers. */
export async function etcdMembers(controlPlanes: readonly string[]): Promise<Member[]> {
  const faults: string[] = [];
  for (const name of controlPlanes) {
    try {
      return readMembers(
        await kubectl([
          ...["--namespace=kube-system", "exec", `etcd-${name}`, "--", "etcdctl"],
          ...["--endpoints=https://127.0.0.1:2379", `--cacert=${PKI}/ca.crt`],
          ...[`--cert=${PKI}/server.crt`, `--key=${PKI}/server.key`],
          ...["--write-out=json", "member", "list"],
        ]),
      );
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
    }
  }
  throw new Error(`No control plane lists the members of etcd:\n${faults.join("\n")}`);
}

/** What `etcdctl member list --write-out=json` has printed; it leaves out what is false or empty. */
export function readMembers(printed: string): Member[] {
  const { members } = JSON.parse(printed) as {
    members: { name?: string; peerURLs?: string[]; isLearner?: boolean }[];
  };
  return members
    .map(({ name = "", peerURLs = [], isLearner = false }) => ({ name, peerURLs, isLearner }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What the members are to be when these control planes have a vote each, and there are no others. */
export function votersOf(nodes: readonly { name: string; address: string }[]): Member[] {
  return nodes
    .map(({ name, address }) => ({
      ...{ name, peerURLs: [`https://${address}:2380`], isLearner: false },
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The members once they are these; after two minutes, what they are then. */
export function settledMembers(
  nodes: readonly { name: string; address: string }[],
): Promise<Member[]> {
  const expected = JSON.stringify(votersOf(nodes));
  return poll(
    () => etcdMembers(nodes.map(({ name }) => name)),
    (members) => JSON.stringify(members) === expected,
    { deadline: 120_000, interval: 2_000 },
  );
}
