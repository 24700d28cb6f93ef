import { z } from "zod";

import { clientUrl } from "../../cluster/kubeadm/etcdctl";
import {
  etcdctlCommand,
  etcdJson,
  type ListedMember,
  readMembers,
} from "../../kubernetes/etcdMembers";
import type { Kubectl } from "../../kubernetes/kubectl";
import { elapsed } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { type ControlPlanePod, isReady } from "./ownNode";
import { type MemberHealth, nameOf } from "./quorum";
import { retried, type Waits } from "./waits";

const statusSchema = z.array(z.object({ Status: z.object({ leader: z.string() }) })).length(1);

/** The part of kubectl that this needs. */
export type EtcdApi = Pick<Kubectl, "list" | "exec">;

const NEVER_STARTED = "has never started";

/** etcd of a cluster, asked in its pods on other nodes than the one that leaves. */
export class Etcd {
  /** @param leaving - Name of the node that leaves; undefined where there is none any more. */
  constructor(
    private readonly api: EtcdApi,
    private readonly leaving: string | undefined,
  ) {}

  /** @throws OperatorError when no other pod of etcd is ready, or none answers. */
  async members(): Promise<ListedMember[]> {
    const printed = await this.etcdctl(clientUrl("127.0.0.1"), "member", "list");
    const answer = readMembers(printed);
    if (answer.kind !== "answered") {
      throw new OperatorError({
        what: "The members of etcd cannot be told.",
        why: "etcdctl has not printed a list of members",
        next: "type the same command again; make status shows how the cluster is",
      });
    }
    return answer.value;
  }

  /**
   * How members answer for themselves, at this moment. One question is enough where all are healthy voters.
   * @param waits - For a member that does not answer.
   */
  async healthOfAll(members: readonly ListedMember[], waits: Waits): Promise<MemberHealth[]> {
    const reachable = members.filter(({ clientURLs }) => clientURLs.length > 0);
    try {
      const endpoints = reachable.map(({ clientURLs }) => clientURLs[0]).join(",");
      await this.etcdctl(endpoints, "endpoint", "health");
      return members.map((member) =>
        reachable.includes(member) ? { member } : { member, fault: NEVER_STARTED },
      );
    } catch (error) {
      if (!(error instanceof OperatorError)) {
        throw error;
      }
      return Promise.all(members.map((member) => this.healthOf(member, waits)));
    }
  }

  /** How a member answers for itself. It is asked again for a while: the API may be what does not answer. */
  async healthOf(member: ListedMember, { health, interval }: Waits): Promise<MemberHealth> {
    const [endpoint] = member.clientURLs;
    if (endpoint === undefined) {
      return { member, fault: NEVER_STARTED };
    }
    try {
      // It reads through the leader, so a member is healthy only while it has one.
      await retried(() => this.etcdctl(endpoint, "endpoint", "health"), {
        answer: health,
        interval,
      });
      return { member };
    } catch (error) {
      return { member, fault: faultOf(error) };
    }
  }

  /** Gives the lead of etcd to another voter if this member has it. A member that does not answer leads nothing. */
  async passLead(own: ListedMember, to: ListedMember, say: (line: string) => void): Promise<void> {
    const [endpoint] = own.clientURLs;
    const leads = async (): Promise<boolean> => {
      const printed = await this.etcdctl(endpoint, "endpoint", "status");
      return statusSchema.parse(etcdJson(printed))[0]!.Status.leader === own.id;
    };
    if (!(await leads())) {
      return;
    }
    say(`etcd's leader moves from ${nameOf(own)} to ${nameOf(to)}`);
    await this.etcdctl(endpoint, "move-leader", to.id);
    if (await leads()) {
      throw new OperatorError({
        what: `etcd's leader has not moved away from ${nameOf(own)}; the member was not removed.`,
        next: "type the same command again; make status shows how the cluster is",
      });
    }
  }

  /** Removes a member, and makes sure by a second list that it is gone. */
  async remove(own: ListedMember, say: (line: string) => void, waits: Waits): Promise<void> {
    const started = Date.now();
    await retried(async () => {
      const isThere = async () => (await this.members()).some(({ id }) => id === own.id);
      if (await isThere()) {
        await this.etcdctl(clientUrl("127.0.0.1"), "member", "remove", own.id);
      }
      if (await isThere()) {
        throw new OperatorError({
          what: `etcd still lists the member ${nameOf(own)} after its removal.`,
          next: "type the same command again",
        });
      }
    }, waits);
    say(`etcd has no member of it any more, ${elapsed(started)}`);
  }

  private async etcdctl(endpoint: string, ...args: string[]): Promise<string> {
    const [pods, nodes] = await Promise.all([
      this.api.list<ControlPlanePod>("pods", {
        namespace: "kube-system",
        selector: "component=etcd",
      }),
      this.api.list("nodes", {}),
    ]);
    // The pod of a node that has left a moment ago is ready in the API for a while.
    const others = nodes
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== this.leaving);
    const ready = pods.find((pod) => others.includes(pod.spec.nodeName ?? "") && isReady(pod));
    if (ready === undefined) {
      throw new OperatorError({
        what: "No pod of etcd is ready on another control plane, so its members cannot be told.",
        next: "bring another control plane back, or list one and add it first; make status shows how they are",
      });
    }
    return this.api.exec(
      { namespace: "kube-system", pod: ready.metadata.name, container: "etcd" },
      etcdctlCommand(endpoint, ...args),
      "",
    );
  }
}

function faultOf(error: unknown): string {
  if (!(error instanceof OperatorError)) {
    throw error;
  }
  // kubectl ends with the exit code, etcdctl with what it means.
  const said = (error.fault.why ?? "").trim().split("\n");
  return said.filter((line) => !line.startsWith("command terminated")).at(-1) || error.fault.what;
}
