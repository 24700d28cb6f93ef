import type { ListedMember } from "../../kubernetes/etcdMembers";
import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { BACKUP_LABEL } from "../../kubernetes/taskLabels";
import { elapsed } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import type { CronJob } from "../backups/taskJob";
import { findLostNodes, type LostNode } from "../lost-nodes/lostNodes";
import { letGoOfPods, whileOutOfService } from "../lost-nodes/outOfService";
import type { Claim, PersistentVolume } from "../lost-nodes/volumes";
import { backAsItWas, barePodFaults, cordon, drain, type PlacedPod } from "./drain";
import { waitForDetach } from "./detach";
import { Etcd } from "./etcd";
import { giveUpVolumes } from "./giveUpVolumes";
import {
  givenUpVolumes,
  howToGiveUp,
  localVolumes,
  type StatefulSet,
  volumeFaults,
} from "./localVolumes";
import {
  isControlPlane,
  isOwnMember,
  isReady,
  type LeavingMachine,
  type LeavingNode,
  otherControlPlanes,
  ownershipOf,
} from "./ownNode";
import { type MemberHealth, quorumFaults } from "./quorum";
import { retried, WAITS, type Waits } from "./waits";

/** The part of kubectl that this needs. */
export type LeaveApi = Pick<
  Kubectl,
  "drain" | "exec" | "find" | "list" | "patch" | "removeAll" | "taint"
>;

/** How a machine leaves. */
export interface LeaveOptions {
  /** Seconds until a drain is given up. */
  drainSeconds: number;
  say?: (line: string) => void;
  /** The nodes whose own volumes the operator gives up. @default what the environment variable says */
  givenUp?: ReadonlySet<string>;
  /** Which nodes are lost. */
  findLost?: (api: Pick<Kubectl, "list">) => Promise<LostNode[]>;
  waits?: Waits;
}

/**
 * Takes a machine out of a running cluster: drains its Node, waits for its disks, removes its member of etcd, and deletes the Node. It
 * keeps no record and looks first whether a step is done, so an interrupted run can be repeated.
 *
 * @throws OperatorError when the machine must not leave now, with all reasons at once and nothing changed; or when a step does not end.
 */
export async function leaveCluster(
  api: LeaveApi,
  machine: LeavingMachine,
  { drainSeconds, waits = WAITS, ...options }: LeaveOptions,
): Promise<void> {
  const { name } = machine;
  const { givenUp = givenUpVolumes(), findLost = findLostNodes } = options;
  const say = (line: string) => (options.say ?? console.log)(`${name}: ${line}`);
  const started = Date.now();
  const nodes = await retried(() => api.list<LeavingNode>("nodes", {}), waits);
  const ownership = ownershipOf(machine, nodes);
  if (ownership.kind === "foreign") {
    say(`the Node of this name is another machine's and stays: ${ownership.why}`);
  }
  const node = ownership.kind === "own" ? ownership.node : undefined;

  const etcd = new Etcd(api, node?.metadata.name);
  const hadEtcd = machine.role === "control-plane" || (node !== undefined && isControlPlane(node));
  const leaving = hadEtcd ? await membersOf(etcd, machine, nodes, waits) : { faults: [] };
  if (node === undefined) {
    refuse(name, leaving.faults, []);
    await leaveEtcd(etcd, leaving, say, waits);
    say(`the cluster has no Node of it, ${elapsed(started)}`);
    return;
  }

  const lost = async (): Promise<LostNode | undefined> =>
    (await retried(() => findLost(onlyNode(api, name)), waits)).find((one) => one.name === name);
  let gone = isReady(node) ? undefined : await lost();
  const data = await readData(api, waits);
  const local = localVolumes(name, data);
  refuse(
    name,
    [
      ...leaving.faults,
      // The pods of a lost node are lost already.
      ...(gone === undefined ? barePodFaults(name, data.pods) : []),
    ],
    volumeFaults(name, local, { givenUp, isLost: gone !== undefined }),
    howToGiveUp(name, local),
  );

  const end = async (isLost: boolean): Promise<void> => {
    await giveUpVolumes(api, name, local, isLost, say, waits);
    await waitForDetach(api, name, say, waits);
  };
  try {
    await retried(() => cordon(api, node), waits);
    if (gone === undefined) {
      const findOut = async () => (gone = await lost()) !== undefined;
      await drain(api, { node: name, seconds: drainSeconds, isLost: findOut }, say, waits);
    }
    if (gone === undefined) {
      await end(false);
    }
  } catch (error) {
    await backAsItWas(api, name, say);
    throw error;
  }
  const leaveForGood = async (): Promise<void> => {
    await leaveEtcd(etcd, leaving, say, waits);
    await deleteNode(api, machine, say, waits);
  };
  if (gone === undefined) {
    await leaveForGood();
  } else {
    const { address } = gone;
    await whileOutOfService(
      api,
      [{ name, address }],
      async () => {
        await letGoOfPods(api, [{ name, address }], say);
        await end(true);
        await leaveForGood();
      },
      say,
    );
  }
  say(`has left the cluster, ${elapsed(started)}`);
}

/** A member of etcd that leaves, and why it must not. */
interface LeavingMember {
  /** Undefined where etcd has none of this machine. */
  own?: MemberHealth;
  /** A voter that can take the lead. */
  successor?: ListedMember;
  faults: string[];
}

async function membersOf(
  etcd: Etcd,
  machine: LeavingMachine,
  nodes: readonly LeavingNode[],
  waits: Waits,
): Promise<LeavingMember> {
  if (otherControlPlanes(machine, nodes).length === 0) {
    return {
      faults: [
        `${machine.name} is the last control plane, and all data of the cluster would go with it: list another one first`,
      ],
    };
  }
  const members = await retried(() => etcd.members(), waits);
  const own = members.find((member) => isOwnMember(machine, nodes, member));
  if (own === undefined) {
    return { faults: [] };
  }
  const health = await Promise.all(members.map((member) => etcd.healthOf(member, waits)));
  const others = health.filter(({ member }) => member !== own);
  const its = health.find(({ member }) => member === own)!;
  const successor = others.find(
    ({ member, fault }) => fault === undefined && !member.isLearner,
  )?.member;
  return {
    own: its,
    faults: quorumFaults(its, others),
    ...(successor === undefined ? {} : { successor }),
  };
}

async function leaveEtcd(
  etcd: Etcd,
  { own, successor }: LeavingMember,
  say: (line: string) => void,
  waits: Waits,
): Promise<void> {
  if (own === undefined) {
    return;
  }
  // What does not answer, or has no vote, leads nothing.
  if (own.fault === undefined && !own.member.isLearner && successor !== undefined) {
    await retried(() => etcd.passLead(own.member, successor, say), waits);
  }
  await etcd.remove(own.member, say, waits);
}

/** @throws OperatorError with all reasons, if there are any. */
function refuse(
  name: string,
  faults: readonly string[],
  volumes: readonly string[],
  giveUp = "",
): void {
  if (faults.length + volumes.length > 0) {
    throw new OperatorError({
      what: `${name} does not leave the cluster; nothing was changed.`,
      why: [...faults, ...volumes].join("\n"),
      next: [
        ...(faults.length > 0 ? ["mend what stands above, then type the same command again"] : []),
        ...(volumes.length > 0 ? [giveUp] : []),
      ].join("\n"),
    });
  }
}

async function readData(api: LeaveApi, waits: Waits) {
  const [volumes, claims, cronJobs, statefulSets, pods] = await retried(
    () =>
      Promise.all([
        api.list<PersistentVolume>("persistentvolumes", {}),
        api.list<Claim>("persistentvolumeclaims", {}),
        api.list<CronJob>("cronjobs", { selector: BACKUP_LABEL }),
        api.list<StatefulSet>("statefulsets", {}),
        api.list<PlacedPod>("pods", {}),
      ]),
    waits,
  );
  return { volumes, claims, cronJobs, statefulSets, pods };
}

/** The API with one node only: other lost nodes are no matter of this one. */
function onlyNode(api: LeaveApi, name: string): Pick<Kubectl, "list"> {
  return {
    list: async (kinds, selection) =>
      (await api.list<never>(kinds, selection)).filter(
        ({ metadata }: KubernetesObject) => metadata.name === name,
      ),
  };
}

async function deleteNode(
  api: LeaveApi,
  machine: LeavingMachine,
  say: (line: string) => void,
  waits: Waits,
): Promise<void> {
  const started = Date.now();
  await retried(async () => {
    const own = ownershipOf(machine, await api.list<LeavingNode>("nodes", {}));
    if (own.kind !== "own") {
      return;
    }
    await api.removeAll("nodes", [own.node]);
    throw new OperatorError({
      what: `The Node ${machine.name} is not deleted yet.`,
      where: (own.node.metadata as { finalizers?: string[] }).finalizers?.join(", "),
      next: `kubectl get node ${machine.name} --output yaml shows what holds it; then type the same command again`,
    });
  }, waits);
  say(`its Node is deleted, ${elapsed(started)}`);
}
