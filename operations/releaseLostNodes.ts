import type { Kubectl } from "../kubernetes/kubectl";
import { exitWith } from "../lib/exit";
import { withClusterUnlessAbandoned } from "./lost-nodes/abandonedCluster";
import { findLostNodes } from "./lost-nodes/lostNodes";
import { letGoOfPods, whileOutOfService } from "./lost-nodes/outOfService";

/**
 * Does something to a cluster that has let go of what lost nodes had: the deletion of an object waits for its pods, and that of a
 * pod for its kubelet. Where all nodes are there, it only looks.
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
    withClusterUnlessAbandoned("nobody has looked for lost nodes", (api) =>
      withoutLostNodes(api, () => Promise.resolve()),
    ),
  );
}
