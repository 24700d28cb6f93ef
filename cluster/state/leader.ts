import { isControlPlane, type KnownMachine, knownMachine, type Machine } from "../node/machine";
import type { PreviousOutputs } from "./previousOutputs";
import type { Running } from "./runningCluster";

/** The control planes on which an update does what concerns the whole cluster. */
export interface Leaders {
  /** The one whose step `initialize` stands for the cluster. */
  leader: KnownMachine;
  /** One that answers: it makes the tokens with which others join. */
  live: KnownMachine;
}

/**
 * Chooses them. No control plane is special by its place in the list: the leader of the last update stays it as long as its machine is
 * there and unchanged. Then another member takes its place, one that leaves in this update if there is no other: it leaves last.
 *
 * Before a cluster is recorded, the first one listed is the leader, which initializes the cluster. If no member is left, it is the
 * recorded one or the first one listed; its step then only verifies, and refuses a machine without the cluster's control plane.
 *
 * @param machines - At least one of them is a control plane.
 * @param held - Machines that leave in this update, and are members until its end.
 */
export function chooseLeaders(
  machines: readonly Machine[],
  held: readonly KnownMachine[],
  previous: PreviousOutputs,
  running: Running | undefined,
): Leaders {
  const known = new Map(
    running?.nodes.kind === "answered" ? running.nodes.value.map((node) => [node.name, node]) : [],
  );
  const listed = machines.filter(isControlPlane).map(knownMachine);
  const members = [...listed, ...held].filter(
    ({ name, vmId }) =>
      wasControlPlane(name, vmId, previous) && (known.get(name)?.vmId ?? vmId) === vmId,
  );
  const of = (candidates: readonly KnownMachine[]) =>
    candidates.find(({ name }) => name === previous.leader) ?? candidates[0];
  const leader = of(members) ?? of(listed);
  const ready = members.filter(({ name }) => known.get(name)?.ready === true);
  const live = ready.find(({ name }) => name === leader.name) ?? ready[0] ?? leader;
  return { leader, live };
}

/** Whether the last update has recorded this machine as a control plane of the cluster. */
function wasControlPlane(
  name: string,
  vmId: string,
  { joined, immutableSettings, leader }: PreviousOutputs,
): boolean {
  // Older programs recorded no leader, and not the machine of the control plane that had initialized the cluster.
  const recorded = leader === undefined ? (joined[name]?.vmId ?? vmId) : joined[name]?.vmId;
  return immutableSettings?.roles[name] === "control-plane" && recorded === vmId;
}
