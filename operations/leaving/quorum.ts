import type { ListedMember } from "../../kubernetes/etcdMembers";

/** A member of etcd, and why it does not answer for itself. */
export interface MemberHealth {
  member: ListedMember;
  /** Undefined if it is healthy. */
  fault?: string;
}

/** How many voters have to agree. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/**
 * Why a member must not be removed now; empty if it may. The text names each member and its health.
 *
 * While the member itself is healthy, there is time: all others have to be healthy voters. A dead member, or one without a vote, is
 * removed as soon as the others can decide that: waiting would not make the cluster safer.
 */
export function quorumFaults(own: MemberHealth, others: readonly MemberHealth[]): string[] {
  if (others.length === 0) {
    return [
      `${nameOf(own.member)} is the last member of etcd, and all data would go with it: list another control plane first`,
    ];
  }
  const voters = others.filter(({ member }) => !member.isLearner);
  const healthy = voters.filter(({ fault }) => fault === undefined).length;
  const isVoter = !own.member.isLearner;
  const before = quorumOf(voters.length + (isVoter ? 1 : 0));
  const state = [own, ...others].map((one) => `\n  ${stateOf(one)}`).join("");
  if (isVoter && own.fault === undefined) {
    const unready = unhealthyVoters(others);
    return unready.length === 0
      ? []
      : [
          `without ${nameOf(own.member)} etcd would stand on members of which ${unready.length} ${unready.length === 1 ? "is" : "are"} no healthy voter:${state}`,
        ];
  }
  return healthy >= before
    ? []
    : [
        `etcd has no quorum without ${nameOf(own.member)}, so it can remove no member: ${before} healthy voters are needed, and there are ${healthy}:${state}`,
      ];
}

/** Members that are no healthy voters. */
export function unhealthyVoters(members: readonly MemberHealth[]): MemberHealth[] {
  return members.filter(
    ({ member, fault }) => fault !== undefined || member.isLearner || !hasStarted(member),
  );
}

/** Has a name only once it has started. */
function hasStarted({ name }: ListedMember): boolean {
  return name !== "";
}

/** How a member is spoken of: by its name, or by its peer URL before it has one. */
export function nameOf({ name, peerURLs }: ListedMember): string {
  return name || `the member at ${peerURLs.join(", ")}`;
}

/** A member, whether it votes, and how it is. */
export function stateOf({ member, fault }: MemberHealth): string {
  const kind = member.isLearner ? "learner, without a vote" : "voter";
  const health = !hasStarted(member) ? "has never started" : (fault ?? "healthy");
  return `${nameOf(member)}: ${kind}, ${health}`;
}
