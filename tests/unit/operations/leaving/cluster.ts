import type { KubernetesObject } from "../../../../kubernetes/kubectl";
import { OperatorError } from "../../../../lib/operatorError";
import type { LeaveApi } from "../../../../operations/leaving/leaveCluster";

type Entry = KubernetesObject & { spec?: Record<string, unknown> };

/** A member of etcd in a test: how etcdctl speaks of it. */
export interface FakeMember {
  /** Greater than what a number holds, as real ones are. */
  id: bigint;
  name: string;
  address: string;
  isLearner?: boolean;
  isDead?: boolean;
}

const KINDS: Record<string, string> = {
  nodes: "Node",
  node: "Node",
  pods: "Pod",
  persistentvolumes: "PersistentVolume",
  persistentvolume: "PersistentVolume",
  persistentvolumeclaims: "PersistentVolumeClaim",
  cronjobs: "CronJob",
  statefulsets: "StatefulSet",
  poddisruptionbudgets: "PodDisruptionBudget",
  volumeattachments: "VolumeAttachment",
  lease: "Lease",
};

const failure = (why: string): OperatorError =>
  new OperatorError({ what: "kubectl failed.", why, next: "again" });

/** A cluster that a node leaves: a list of objects, and the members of etcd. It notes what is changed. */
export class FakeCluster implements LeaveApi {
  readonly events: string[] = [];
  objects: Entry[];
  members: FakeMember[];
  leader: bigint | undefined;
  /** Called before each change with the event; what it throws is how the change fails. */
  onChange: (event: string) => void = () => undefined;
  /** Names of pods that no drain ends. */
  stubborn: string[] = [];

  constructor(objects: readonly object[], members: readonly FakeMember[] = []) {
    this.objects = structuredClone(objects) as Entry[];
    this.members = [...members];
    this.leader = members[0]?.id;
  }

  find<T extends KubernetesObject>(kind: string, { name }: { name: string }) {
    const found = this.of(kind).find(({ metadata }) => metadata.name === name);
    return Promise.resolve(structuredClone(found) as unknown as T | undefined);
  }

  list<T extends KubernetesObject>(kinds: string, { selector }: { selector?: string } = {}) {
    const [key, value] = selector?.split("=") ?? [];
    const found = this.of(kinds).filter(
      ({ metadata: { labels = {} } }) =>
        key === undefined || (value === undefined ? key in labels : labels[key] === value),
    );
    return Promise.resolve(structuredClone(found) as unknown as T[]);
  }

  async patch(kind: string, { name }: { name: string }, patch: object): Promise<void> {
    const { metadata, spec } = patch as {
      metadata: { annotations?: Record<string, string | null> };
      spec?: { unschedulable?: boolean | null };
    };
    if (kind === "node") {
      await this.change(`${spec?.unschedulable ? "cordon" : "uncordon"} ${name}`);
      const node = this.of("nodes").find((one) => one.metadata.name === name)!;
      node.spec = { ...node.spec, unschedulable: spec?.unschedulable ?? undefined };
      node.metadata.annotations = Object.fromEntries(
        Object.entries({ ...node.metadata.annotations, ...metadata.annotations }).filter(
          (entry): entry is [string, string] => entry[1] !== null,
        ),
      );
    }
  }

  async removeAll(kind: string, objects: readonly KubernetesObject[]): Promise<void> {
    for (const { metadata } of objects) {
      await this.change(`delete ${KINDS[kind]} ${metadata.name}`);
      this.drop(KINDS[kind]!, metadata.name);
      for (const volume of kind === "persistentvolumeclaims" ? this.of("persistentvolumes") : []) {
        const { claimRef } = volume.spec as { claimRef?: { name: string } };
        if (claimRef?.name === metadata.name) {
          Object.assign(volume, { status: { phase: "Released" } });
        }
      }
    }
  }

  async taint(node: string, taint: string): Promise<void> {
    await this.change(`taint ${node} ${taint}`);
    if (!taint.endsWith("-")) {
      this.evict(node);
    }
  }

  async drain(node: string): Promise<void> {
    await this.change(`drain ${node}`);
    this.evict(node);
    if (this.of("pods").some((pod) => this.isStubborn(pod) && pod.spec?.["nodeName"] === node)) {
      throw failure("error when evicting pods: it would violate the pod's disruption budget");
    }
  }

  async exec({ pod }: { pod: string }, etcdctl: readonly string[]): Promise<string> {
    const endpoint = etcdctl[etcdctl.indexOf("--endpoints") + 1];
    const command = etcdctl.slice(etcdctl.indexOf("--write-out=json") + 1);
    const words = command.join(" ");
    const addressed = this.members.find(({ address }) => endpoint === `https://${address}:2379`);
    const asked = addressed ?? this.members.find(({ name }) => pod === `etcd-${name}`);
    if (asked === undefined || asked.isDead) {
      throw failure("{}\ncontext deadline exceeded\ncommand terminated with exit code 1");
    }
    if (words === "member list") {
      const listed = this.members.map(
        ({ id, name, address, isLearner }) =>
          `{"ID":${id},"name":"${name}","peerURLs":["https://${address}:2380"]` +
          `${name === "" ? "" : `,"clientURLs":["https://${address}:2379"]`}${isLearner ? ',"isLearner":true' : ""}}`,
      );
      return `{"header":{},"members":[${listed.join(",")}]}`;
    }
    if (words === "endpoint health") {
      const all = this.members.filter(({ address }) =>
        endpoint?.split(",").includes(`https://${address}:2379`),
      );
      if (all.some(({ isDead }) => isDead)) {
        throw failure("{}\ncontext deadline exceeded\ncommand terminated with exit code 1");
      }
      if (all.some(({ isLearner }) => isLearner)) {
        throw failure("rpc not supported for learner");
      }
      return "[]";
    }
    if (words === "endpoint status") {
      return `[{"Endpoint":"${endpoint}","Status":{"header":{"member_id":${asked.id}},"leader":${this.leader}}}]`;
    }
    const id = BigInt(`0x${command.at(-1)}`);
    await this.change(`etcd ${command.slice(0, -1).join(" ")} ${this.nameOf(id)}`);
    if (words.startsWith("move-leader")) {
      if (asked.id !== this.leader) {
        throw failure("no leader endpoint found");
      }
      this.leader = id;
    } else {
      this.members = this.members.filter((one) => one.id !== id);
    }
    return "{}";
  }

  private of(kind: string): Entry[] {
    return this.objects.filter((one) => one.kind === KINDS[kind]);
  }

  private isStubborn({ metadata }: Entry): boolean {
    return this.stubborn.includes(metadata.name);
  }

  private evict(node: string): void {
    this.objects = this.objects.filter(
      (one) =>
        one.kind !== "Pod" ||
        one.spec?.["nodeName"] !== node ||
        this.isStubborn(one) ||
        one.metadata.namespace === "kube-system",
    );
  }

  private drop(kind: string, name: string): void {
    this.objects = this.objects.filter((one) => one.kind !== kind || one.metadata.name !== name);
  }

  private nameOf(id: bigint): string {
    const found = this.members.find((one) => one.id === id);
    return found === undefined ? `unknown ${id}` : found.name || found.address;
  }

  private async change(event: string): Promise<void> {
    this.onChange(event);
    this.events.push(event);
    await Promise.resolve();
  }
}
