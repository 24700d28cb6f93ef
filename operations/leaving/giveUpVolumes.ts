import type { Kubectl } from "../../kubernetes/kubectl";
import { elapsed, span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import { letGoOfVolumes } from "../lost-nodes/letGoOfVolumes";
import { type Claim, isLostWith, type PersistentVolume, placeOf } from "../lost-nodes/volumes";
import type { PlacedPod } from "./drain";
import { describe, type LocalVolume, uses } from "./localVolumes";
import { retried, sparingly, type Waits } from "./waits";

/** The part of kubectl that this needs. */
export type GivingUpApi = Pick<Kubectl, "list" | "patch" | "removeAll">;

/**
 * Deletes the claims of volumes that go with a drained node, and the pods that wait for them: a StatefulSet then makes both again, on another
 * node. The volumes are let go where nothing on the node ends them. It can be repeated: what an interrupted run has left goes too.
 *
 * @throws OperatorError at the deadline, naming what has not ended.
 */
export async function giveUpVolumes(
  api: GivingUpApi,
  node: string,
  local: readonly LocalVolume[],
  isLost: boolean,
  say: (line: string) => void,
  waits: Waits,
): Promise<void> {
  const started = Date.now();
  const claims = local.flatMap(({ claim }) => claim ?? []);
  const volumes = new Set(local.map(({ volume }) => volume.metadata.name));
  for (const one of local) {
    say(`given up: ${describe(one)}${again(one)}`);
  }
  if (claims.length > 0) {
    await retried(() => api.removeAll("persistentvolumeclaims", claims), waits);
    const waiting = (await retried(() => api.list<PlacedPod>("pods", {}), waits)).filter(
      (pod) =>
        pod.spec.nodeName === undefined &&
        (pod.metadata.ownerReferences ?? []).length > 0 &&
        claims.some((claim) => uses(pod, claim)),
    );
    await retried(() => api.removeAll("pods", waiting), waits);
  }

  const sayNow = sparingly(say, waits.progress);
  const look = async () => {
    const [claimsNow, volumesNow] = await retried(
      () =>
        Promise.all([
          api.list<Claim>("persistentvolumeclaims", {}),
          api.list<PersistentVolume>("persistentvolumes", {}),
        ]),
      waits,
    );
    const leftClaims = claimsNow.filter(({ metadata: { uid } }) =>
      claims.some(({ metadata }) => metadata.uid === uid),
    );
    const leftVolumes = volumesNow.filter(
      (volume) => volumes.has(volume.metadata.name) || isLostWith(new Set([node]), volume),
    );
    const isLate = isLost || Date.now() - started > waits.volumes / 2;
    const ended = leftVolumes.filter(
      (volume) => volume.status?.phase !== "Bound" && (isLate || !isEndedByProvisioner(volume)),
    );
    await retried(() => letGoOfVolumes(api, ended, say), waits);
    const left = [
      ...leftClaims.map((claim) => `claim ${placeOf(claim)}`),
      ...leftVolumes
        .filter((volume) => !ended.includes(volume))
        .map((volume) => `volume ${placeOf(volume)}`),
    ];
    if (left.length > 0) {
      sayNow(`waiting for the end of ${left.join(", ")}, ${elapsed(started)}`);
    }
    return left;
  };
  const left = await poll(look, (names) => names.length === 0, {
    deadline: waits.volumes,
    interval: waits.interval,
  });
  if (left.length > 0) {
    throw new OperatorError({
      what: `What ${node} alone has was given up and has not ended within ${span(waits.volumes)}.`,
      where: left.join("\n"),
      why: "a pod that still runs uses it, or a finalizer holds it; kubectl describe shows which",
      next: "end that, then type the same command again",
    });
  }
}

/** Whether a provisioner ends a volume that no claim has any more, as long as its node is there. */
function isEndedByProvisioner({ metadata, spec, status }: PersistentVolume): boolean {
  return (
    spec.persistentVolumeReclaimPolicy === "Delete" &&
    status?.phase !== "Failed" &&
    metadata.annotations?.["pv.kubernetes.io/provisioned-by"] !== undefined
  );
}

/** Who makes a claim again. */
function again({ claim, set }: LocalVolume): string {
  if (claim === undefined) {
    return "";
  }
  return set === undefined
    ? "; the program that made the claim makes it again: make drift, then make up, then restore what it had"
    : `; the StatefulSet ${set.metadata.name} makes it again`;
}
