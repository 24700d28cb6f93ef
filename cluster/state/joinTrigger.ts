import type { Machine } from "../node/machine";
import type { Joined } from "./previousOutputs";
import type { Running } from "./runningCluster";

/**
 * The join trigger of a machine that joins: the time at which its bootstrap token was created. A token lives for minutes, and a
 * command that succeeded does not run again. So after a join that failed, the next update must create another token; after a join
 * that succeeded, it must not touch the machine. A machine that has joined keeps its join trigger. Any other machine gets a new one
 * in every update, and it makes the step of the bootstrap token run.
 */
export function joinTriggerOf(joined: Joined, node: string, vmId: string, now: string): string {
  const known = joined[node];
  return (known?.vmId === vmId ? known.joinTrigger : undefined) ?? now;
}

/**
 * Gives every machine its join trigger. A machine that has joined gets a new one, too, when the cluster says that it has no Node of
 * that name, or that the Node is not annotated with this machine: then the steps of the bootstrap token, the join, the labels and the
 * taints run again. An answer that is missing decides nothing.
 *
 * The leader joins nothing. It gets a join trigger in the first update that must recreate its Node, or that needs another kubeconfig
 * from it, because the one in the state cannot be used or is due.
 *
 * @param leader - Its name.
 */
export function withJoinTriggers(
  machines: readonly Machine[],
  leader: string,
  joined: Joined,
  running: Running | undefined,
  now: string,
): Machine[] {
  const known = new Map(
    running?.nodes.kind === "answered" ? running.nodes.value.map((node) => [node.name, node]) : [],
  );
  return machines.map((machine) => {
    const { node, vmId } = machine;
    const isLost = running?.nodes.kind === "answered" && known.get(node.name)?.vmId !== vmId;
    const isReady = known.get(node.name)?.ready === true;
    if (node.name !== leader) {
      const joinTrigger = isLost ? now : joinTriggerOf(joined, node.name, vmId, now);
      const isMember = joinTrigger !== now;
      return { ...machine, isLost, isMember, isUp: !isMember || isReady, joinTrigger };
    }
    const isMember = !isLost && joined[node.name]?.vmId === vmId;
    const isNew = isLost || running?.brokenKubeconfig !== undefined;
    // The old certificate is the trigger: where the kubeconfig stays as it is, another one is asked for once, not in each update.
    const joinTrigger = isNew ? now : (running?.dueKubeconfig ?? joined[node.name]?.joinTrigger);
    return {
      ...machine,
      isLost,
      isMember,
      isUp: !isMember || isReady,
      ...(joinTrigger === undefined ? {} : { joinTrigger }),
    };
  });
}
