import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { elapsed, span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import { cordonerOf, uncordon } from "../leaving/drain";
import { Etcd } from "../leaving/etcd";
import {
  type ControlPlanePod,
  isOwnMember,
  isReady,
  type LeavingMachine,
  type LeavingNode,
  otherControlPlanes,
  ownershipOf,
} from "../leaving/ownNode";
import { retried, sparingly, WAITS, type Waits } from "../leaving/waits";

/** The part of kubectl that this needs. */
type FinishApi = Pick<Kubectl, "exec" | "find" | "list" | "patch">;

/** Milliseconds that a node may take until it is Ready after its machine's restart. */
export const READY_DEADLINE = 600_000;

/** News of a kubelet that prove that it runs. With one only, its status could still be that of before the restart. */
const RENEWALS = 2;

interface Lease extends KubernetesObject {
  spec?: { renewTime?: string };
}

/** Options of the end of a restart. */
export interface FinishOptions {
  /** Milliseconds until it is given up. @default READY_DEADLINE */
  deadline?: number;
  say?: (line: string) => void;
  waits?: Waits;
}

/**
 * Waits until the node of a machine that was restarted is in service again, and lets pods on it. It says nothing of an API that is away
 * meanwhile: the machine may be the only control plane.
 *
 * The Ready condition may be that of before the restart, which the API keeps while nobody renews it. So the kubelet has to renew its lease
 * first. Nothing is compared with a clock.
 *
 * @throws OperatorError at the deadline; the node then stays cordoned.
 */
export async function finishRestart(
  api: FinishApi,
  machine: LeavingMachine,
  { deadline = READY_DEADLINE, waits = WAITS, ...options }: FinishOptions,
): Promise<void> {
  const { name } = machine;
  const say = (line: string) => (options.say ?? console.log)(`${name}: ${line}`);
  const sayNow = sparingly(say, waits.progress);
  const started = Date.now();
  const renewals = new Set<string>();
  const left = await poll(
    async () => {
      const now = await whatIsMissing(api, machine, renewals, waits);
      if (now !== undefined) {
        sayNow(`${now}, ${elapsed(started)}`);
      }
      return now;
    },
    (missing) => missing === undefined,
    { deadline, interval: waits.interval },
  );
  if (left !== undefined) {
    throw new OperatorError({
      what: `${name} was restarted, and is not in service within ${span(deadline)}. No other machine is restarted.`,
      why: left,
      next:
        `mend it (journalctl --unit kubelet on ${name}), then make up: it goes on, and lets pods on the node again once it is Ready;\n` +
        `after plain pulumi up: kubectl uncordon ${name}`,
    });
  }
  const node = await retried(() => api.find<LeavingNode>("node", { name }), waits);
  const by = node === undefined ? undefined : cordonerOf(node);
  if (by === "restart") {
    await retried(() => uncordon(api, name, by), waits);
  }
  say(`in service, ${elapsed(started)}`);
}

/** What keeps a node from being in service. Undefined if nothing does. */
async function whatIsMissing(
  api: FinishApi,
  machine: LeavingMachine,
  renewals: Set<string>,
  waits: Waits,
): Promise<string | undefined> {
  const { name, role } = machine;
  try {
    const nodes = await api.list<LeavingNode>("nodes", {});
    const ownership = ownershipOf(machine, nodes);
    if (ownership.kind !== "own") {
      // Nothing was taken out of service.
      return undefined;
    }
    const lease = await api.find<Lease>("lease", { namespace: "kube-node-lease", name });
    renewals.add(lease?.spec?.renewTime ?? "");
    if (renewals.size <= RENEWALS) {
      return "its kubelet has not renewed its lease since";
    }
    if (!isReady(ownership.node)) {
      return "its node is not Ready";
    }
    return role === "control-plane"
      ? await missingControlPlane(api, machine, nodes, waits)
      : undefined;
  } catch (error) {
    if (error instanceof OperatorError) {
      return `the API does not answer everything: ${error.fault.why ?? error.fault.what}`;
    }
    throw error;
  }
}

async function missingControlPlane(
  api: FinishApi,
  machine: LeavingMachine,
  nodes: readonly LeavingNode[],
  waits: Waits,
): Promise<string | undefined> {
  const pods = await api.list<ControlPlanePod>("pods", {
    namespace: "kube-system",
    selector: "component=kube-apiserver",
  });
  const server = pods.find(({ spec }) => spec.nodeName === machine.name);
  if (server === undefined || !isReady(server)) {
    return "its API server is not ready";
  }
  if (otherControlPlanes(machine, nodes).length === 0) {
    return undefined;
  }
  const etcd = new Etcd(api, machine.name);
  const own = (await etcd.members()).find((member) => isOwnMember(machine, nodes, member));
  if (own === undefined) {
    return undefined;
  }
  const { fault } = await etcd.healthOf(own, waits);
  return fault === undefined ? undefined : `its member of etcd is not healthy: ${fault}`;
}
