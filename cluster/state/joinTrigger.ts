import type { Machine } from "../node/machine";
import type { Joined } from "./previousOutputs";
import type { Running } from "./runningCluster";

/**
 * When a token was minted. A token lives for minutes and a command that succeeded is not run again; so after a join that
 * failed, the next update must mint anew, whereas after one that succeeded it must not touch the machine. A machine that
 * has joined keeps its occasion, any other has a new one in every update, and minting is triggered by it.
 */
export function occasionOf(joined: Joined, node: string, vmId: string, now: string): string {
  const known = joined[node];
  return known?.vmId === vmId ? known.occasion : now;
}

/**
 * Gives every machine its occasion. One that has joined has a new one, too, when the cluster says that it has no such Node, or one that
 * nobody has annotated with this machine since: then minting, joining, labels and taints come again. What the cluster does not say
 * decides nothing.
 *
 * The first control plane joins nothing: it has an occasion only from an update on in which its Node had to be made anew, or its
 * kubeconfig read again, broken or older than the certificates there.
 * @param machines - The first control plane is the first one that is a control plane.
 */
export function withOccasions(
  machines: readonly Machine[],
  joined: Joined,
  running: Running | undefined,
  now: string,
): Machine[] {
  const first = machines.find(({ node }) => node.role === "control-plane");
  const known = new Map(
    running?.nodes.kind === "answered" ? running.nodes.value.map((node) => [node.name, node]) : [],
  );
  return machines.map((machine) => {
    const { node, vmId } = machine;
    const isLost = running?.nodes.kind === "answered" && known.get(node.name)?.vmId !== vmId;
    if (machine !== first) {
      const occasion = isLost ? now : occasionOf(joined, node.name, vmId, now);
      return { ...machine, isLost, occasion };
    }
    const isNew = isLost || running?.brokenKubeconfig !== undefined;
    // A renewed certificate is its own occasion: where the kubeconfig stays older, it is read again once, not in each update.
    const occasion = isNew ? now : (running?.renewed ?? joined[node.name]?.occasion);
    return { ...machine, isLost, ...(occasion === undefined ? {} : { occasion }) };
  });
}
