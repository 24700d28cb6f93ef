import type { Kubectl } from "../../kubernetes/kubectl";
import { elapsed } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import { waitForDetach } from "../leaving/detach";
import {
  backAsItWas,
  barePodFaults,
  cordon,
  cordonerOf,
  drain,
  leftCordonedBy,
  type PlacedPod,
  uncordon,
} from "../leaving/drain";
import { Etcd } from "../leaving/etcd";
import {
  isControlPlane,
  isOwnMember,
  isReady,
  type LeavingMachine,
  type LeavingNode,
  otherControlPlanes,
  ownershipOf,
} from "../leaving/ownNode";
import { type MemberHealth, stateOf, unhealthyVoters } from "../leaving/quorum";
import { retried, WAITS, type Waits } from "../leaving/waits";

/** The part of kubectl that this needs. */
export type RestartApi = Pick<Kubectl, "drain" | "exec" | "find" | "list" | "patch">;

/** How a machine is taken out of service. */
export interface RestartOptions {
  /** Seconds until a drain is given up. */
  drainSeconds: number;
  /** How many workers may be out of service at a time, this one included. */
  maxUnavailable: number;
  /** Names of the machines that the same update has out of service now. */
  inFlight: ReadonlySet<string>;
  /** Names of all machines that the same update restarts. */
  restarted: ReadonlySet<string>;
  /** Looks only for what refuses the restart. @default false */
  checkOnly?: boolean;
  say?: (line: string) => void;
  waits?: Waits;
}

/**
 * Takes a node out of service before its machine is restarted: cordons and drains it, and passes etcd's lead on. A node that is not ready
 * is not drained: its pods end only when its kubelet says so, and the restart may be what mends it.
 *
 * Nodes that an interrupted restart has left cordoned are let back into service first.
 *
 * @throws OperatorError with all reasons when the machine must not be restarted now and nothing was changed; or when the drain does not
 *   end, and the node takes pods again.
 */
export async function prepareRestart(
  api: RestartApi,
  machine: LeavingMachine,
  { drainSeconds, checkOnly = false, waits = WAITS, ...options }: RestartOptions,
): Promise<void> {
  const { name } = machine;
  const say = (line: string) => (options.say ?? console.log)(`${name}: ${line}`);
  const started = Date.now();
  const nodes = await retried(() => api.list<LeavingNode>("nodes", {}), waits);
  if (!checkOnly) {
    await settleLeftovers(api, nodes, options.restarted, say);
  }
  const ownership = ownershipOf(machine, nodes);
  const node = ownership.kind === "own" ? ownership.node : undefined;
  // What has just come back may need a moment until it answers everyone.
  const { faults, lead } = await poll(
    () => judge(api, machine, options, waits),
    (now) => checkOnly || now.faults.length === 0,
    { deadline: waits.answer, interval: waits.interval },
  );
  const pods = await retried(() => api.list<PlacedPod>("pods", {}), waits);
  if (node !== undefined && isReady(node)) {
    faults.push(...barePodFaults(name, pods));
  }
  if (faults.length > 0) {
    throw new OperatorError({
      what: `${name} is not restarted; nothing was changed on it.`,
      why: faults.join("\n"),
      next: "mend what stands above, then type the same command again",
    });
  }
  if (checkOnly) {
    return;
  }
  if (node === undefined) {
    say("the cluster has no Node of this machine: it is restarted without a drain");
    return;
  }
  if (!isReady(node)) {
    say("its kubelet is not ready: it is restarted without a drain");
    return;
  }
  try {
    await retried(() => cordon(api, node, "restart"), waits);
    const isLost = () => Promise.resolve(false);
    await drain(api, { node: name, seconds: drainSeconds, isLost }, say, waits);
    await waitForDetach(api, name, say, waits);
    await lead?.(say);
  } catch (error) {
    await backAsItWas(api, name, say);
    throw error;
  }
  say(`out of service, ${elapsed(started)}`);
}

/**
 * Lets nodes back into service that a restart has left which did not end. Those that this update restarts have their own turn for it: one
 * of them may be cordoned this moment, for the restart that begins.
 */
async function settleLeftovers(
  api: Pick<Kubectl, "patch">,
  nodes: readonly LeavingNode[],
  restarted: ReadonlySet<string>,
  say: (line: string) => void,
): Promise<void> {
  for (const node of nodes) {
    const { name } = node.metadata;
    if (leftCordonedBy(node) === "restart" && !restarted.has(name)) {
      say(`${name} was left cordoned by a restart that did not end, and is ready: it takes pods`);
      await uncordon(api, name, "restart");
    }
  }
}

interface Judgement {
  faults: string[];
  /** Passes etcd's lead to another member, if this machine's member has it. */
  lead?: (say: (line: string) => void) => Promise<void>;
}

async function judge(
  api: RestartApi,
  machine: LeavingMachine,
  { maxUnavailable, inFlight }: Pick<RestartOptions, "maxUnavailable" | "inFlight">,
  waits: Waits,
): Promise<Judgement> {
  const nodes = await retried(() => api.list<LeavingNode>("nodes", {}), waits);
  return machine.role === "control-plane"
    ? judgeControlPlane(api, machine, nodes, waits)
    : { faults: workerFaults(machine, nodes, maxUnavailable, inFlight) };
}

/** Others that are out of service already. A worker that is so itself makes nothing worse. */
function workerFaults(
  machine: LeavingMachine,
  nodes: readonly LeavingNode[],
  maxUnavailable: number,
  inFlight: ReadonlySet<string>,
): string[] {
  const ownership = ownershipOf(machine, nodes);
  if (ownership.kind !== "own" || !isReady(ownership.node)) {
    return [];
  }
  const away = nodes
    .filter((node) => node !== ownership.node && !isControlPlane(node))
    .filter((node) => !isReady(node) || inFlight.has(node.metadata.name))
    .map((node) => `${node.metadata.name} (${isReady(node) ? "being restarted" : "not Ready"})`);
  return away.length < maxUnavailable
    ? []
    : [
        `workers that are out of service: ${away.join(", ")}; maintenance.maxUnavailable allows ${maxUnavailable}, this one included`,
      ];
}

/** etcd needs more than half of its members at any time, so all others have to be there. A sole control plane has no others. */
async function judgeControlPlane(
  api: RestartApi,
  machine: LeavingMachine,
  nodes: readonly LeavingNode[],
  waits: Waits,
): Promise<Judgement> {
  const others = otherControlPlanes(machine, nodes);
  if (others.length === 0) {
    return { faults: [] };
  }
  const faults = others.flatMap((node) => {
    const { name } = node.metadata;
    return [
      ...(isReady(node) ? [] : [`the control plane ${name} is not Ready`]),
      ...(cordonerOf(node) === "leave" ? [`the control plane ${name} leaves the cluster`] : []),
    ];
  });
  try {
    const etcd = new Etcd(api, machine.name);
    const members = await etcd.members();
    const own = members.find((member) => isOwnMember(machine, nodes, member));
    const health = await Promise.all(
      members.filter((member) => member !== own).map((member) => etcd.healthOf(member, waits)),
    );
    const ill = unhealthyVoters(health);
    if (ill.length > 0) {
      faults.push(
        `etcd has members beside ${machine.name} that are no healthy voters:${ill.map((one) => `\n  ${stateOf(one)}`).join("")}`,
      );
    }
    return own === undefined
      ? { faults }
      : { faults, lead: (say) => passLead(etcd, own, health, say, waits) };
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    return { faults: [...faults, `etcd cannot be asked: ${error.fault.why ?? error.fault.what}`] };
  }
}

/** A member that does not answer leads nothing. */
async function passLead(
  etcd: Etcd,
  own: MemberHealth["member"],
  others: readonly MemberHealth[],
  say: (line: string) => void,
  waits: Waits,
): Promise<void> {
  const successor = others.find(({ member }) => !member.isLearner)?.member;
  const { fault } = await etcd.healthOf(own, waits);
  if (fault === undefined && successor !== undefined) {
    await retried(() => etcd.passLead(own, successor, say), waits);
  }
}
