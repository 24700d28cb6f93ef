import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { elapsed, span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import { retried, sparingly, type Waits } from "./waits";

interface Attachment extends KubernetesObject {
  spec: { nodeName: string };
}

/**
 * Waits until the driver has detached all disks of a node.
 * @throws OperatorError at the deadline, with those that are left.
 */
export async function waitForDetach(
  api: Pick<Kubectl, "list">,
  name: string,
  say: (line: string) => void,
  waits: Waits,
): Promise<void> {
  const started = Date.now();
  const sayNow = sparingly(say, waits.progress);
  const left = await poll(
    async () => {
      const all = await retried(() => api.list<Attachment>("volumeattachments", {}), waits);
      const its = all.filter(({ spec }) => spec.nodeName === name);
      sayNow(`${its.length} disks are attached, ${elapsed(started)}`);
      return its;
    },
    (its) => its.length === 0,
    { deadline: waits.detach, interval: waits.interval },
  );
  if (left.length > 0) {
    throw new OperatorError({
      what: `${left.length} disks of ${name} were not detached within ${span(waits.detach)}: they would be deleted with its machine.`,
      where: left.map(({ metadata }) => `volumeattachment ${metadata.name}`).join("\n"),
      why: "the driver detaches them; kubectl describe volumeattachment shows what hinders it",
      next: "mend that, then type the same command again",
    });
  }
}
