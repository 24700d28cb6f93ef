import type { Kubectl } from "../kubernetes/kubectl";
import { exitWith } from "../lib/exit";
import { withClusterUnlessAbandoned } from "./lost-nodes/abandonedCluster";
import { findLostNodes } from "./lost-nodes/lostNodes";
import { letGoOfPods, whileOutOfService } from "./lost-nodes/outOfService";

/**
 * Does something to a cluster after it has released the pods and disks of lost nodes: the deletion of an object waits for its pods,
 * and the deletion of a pod waits for its kubelet. If no node is lost, it only looks.
 *
 * @param work - Gets the names of the lost nodes.
 */
export async function withoutLostNodes(
  api: Kubectl,
  work: (lost: ReadonlySet<string>) => Promise<void>,
): Promise<void> {
  const lost = await findLostNodes(api);
  await whileOutOfService(api, lost, async () => {
    if (lost.length > 0) {
      await letGoOfPods(api, lost);
    }
    await work(new Set(lost.map(({ name }) => name)));
  });
}

/** The delete step of the resource that goes first in apps; the kubeconfig comes on standard input. */
if (require.main === module) {
  exitWith(
    withClusterUnlessAbandoned("lost nodes are unknown", (api) =>
      withoutLostNodes(api, () => Promise.resolve()),
    ),
  );
}
