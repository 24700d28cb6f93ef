import { setTimeout as delay } from "node:timers/promises";

import type { Kubectl, KubernetesObject } from "../kubernetes/kubectl";
import { exitWith } from "../lib/exit";
import { elapsed, span } from "../lib/humanUnits";
import { OperatorError } from "../lib/operatorError";
import { withClusterUnlessAbandoned } from "./lost-nodes/abandonedCluster";
import { letGoOfVolumes } from "./lost-nodes/letGoOfVolumes";
import { keptSnapshot, type Snapshots, snapshotSearch } from "./lost-nodes/snapshots";
import {
  type Claim,
  endsWithClaim,
  isLostWith,
  leftoverOf,
  type PersistentVolume,
  placeOf,
  type Pod,
} from "./lost-nodes/volumes";
import { withoutLostNodes } from "./releaseLostNodes";

/** The part of kubectl that this needs. */
export type VolumeApi = Pick<Kubectl, "list" | "patch" | "removeAll">;

/** How long is waited, in milliseconds. */
export interface Patience {
  /** For the volumes to end, from the last one that did. @default 600 000 */
  volumes: number;
  /** For an API that does not answer. @default 60 000 */
  answer: number;
  /**
   * For the deletion of pods that use a claim to begin: the garbage collector deletes the pods of a deleted owner, so only a pod
   * without an owner is not waited for. @default 60 000
   */
  pods: number;
  /** Between two looks. @default 1000 */
  interval: number;
}

const PATIENCE: Patience = { volumes: 600_000, answer: 60_000, pods: 60_000, interval: 1000 };
const PROGRESS = 10_000;

/**
 * Deletes all claims and snapshots of a cluster and waits until the volumes that end with them are gone, while there are still
 * nodes and a driver to detach and delete their disks. A disk whose claim ends with the cluster would be orphaned, and a disk with
 * a snapshot does not end.
 *
 * Nothing is deleted while a pod uses a claim: the programs' own pods have ended before, so it belongs to someone else. The API
 * drops a volume only when its driver has reported that the disk is deleted. What is retained is listed at the end.
 *
 * A volume whose folder is on a lost node ends without it: the provisioner's pod that would remove the folder cannot run there.
 *
 * Keeps no record of its own and always looks at the cluster, so an interrupted run can be repeated.
 *
 * @param lost - Nodes that are not waited for.
 * @throws OperatorError when pods use claims, a volume does not end, or the API does not answer.
 */
export async function releaseVolumes(
  api: VolumeApi,
  say: (line: string) => void = console.log,
  { volumes: patience, answer, pods, interval }: Patience = PATIENCE,
  lost: ReadonlySet<string> = new Set(),
): Promise<void> {
  const started = Date.now();
  let answered = started;
  let told = started;
  let moved = started;
  let before: number | undefined;
  const asked = new Set<string>();
  const snapshotsOf = snapshotSearch(api);
  for (;;) {
    let now: Found;
    try {
      now = { ...(await look(api)), snapshots: await snapshotsOf() };
      answered = Date.now();
    } catch (error) {
      if (!(error instanceof OperatorError) || Date.now() - answered > answer) {
        throw error;
      }
      await delay(interval);
      continue;
    }
    const { users, claims, volumes, attachments, snapshots } = now;
    if (users.length > 0) {
      const strangers = users.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const alone = strangers.some(({ metadata }) => !metadata.ownerReferences?.length);
      if (alone || (strangers.length > 0 && Date.now() - started > pods)) {
        throw inUse(strangers);
      }
    } else {
      const end = async (what: string, kind: string, all: readonly KubernetesObject[]) => {
        const fresh = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        const idOf = (one: KubernetesObject) => one.metadata.uid ?? `${what} ${placeOf(one)}`;
        for (const one of fresh.filter((object) => !asked.has(idOf(object)))) {
          asked.add(idOf(one));
          say(`Deleting the ${what} ${placeOf(one)}.`);
        }
        if (fresh.length > 0) {
          await api.removeAll(kind, fresh);
        }
      };
      await end("snapshot", "volumesnapshots.snapshot.storage.k8s.io", snapshots.objects);
      await end("claim", "persistentvolumeclaims", claims);
      await letGoOfVolumes(
        api,
        volumes.filter((volume) => isLostWith(lost, volume)),
        say,
      );
    }
    const ending = volumes.filter(endsWithClaim);
    // A disk that is still attached would be deleted with its machine, also one that is to be kept.
    const waiting =
      claims.length +
      ending.length +
      attachments.length +
      snapshots.objects.length +
      snapshots.ending.length;
    if (waiting === 0) {
      const kept = volumes.map(leftoverOf);
      say(`No claim is left${kept.length === 0 ? ", and no volume" : ""}, ${elapsed(started)}.`);
      kept.forEach(({ what, where }) => say(`Kept on purpose: ${what}: ${where}`));
      snapshots.kept.forEach((one) => say(`Kept on purpose: ${keptSnapshot(one)}`));
      return;
    }
    if (before !== users.length + waiting) {
      before = users.length + waiting;
      moved = Date.now();
    }
    if (Date.now() - moved > patience) {
      throw remaining(now, patience);
    }
    if (Date.now() - told >= PROGRESS) {
      told = Date.now();
      say(`Waiting for ${waitedFor({ ...now, volumes: ending })}, ${span(told - started)}.`);
    }
    await delay(interval);
  }
}

/** Claims and volumes, the pods that use a claim, the disks that are attached to a node, and snapshots. */
interface Found {
  snapshots: Snapshots;
  users: Pod[];
  claims: Claim[];
  volumes: PersistentVolume[];
  attachments: KubernetesObject[];
}

async function look(api: VolumeApi): Promise<Omit<Found, "snapshots">> {
  const [claims, volumes, pods, attachments] = await Promise.all([
    api.list<Claim>("persistentvolumeclaims", {}),
    api.list<PersistentVolume>("persistentvolumes", {}),
    api.list<Pod>("pods", {}),
    api.list("volumeattachments", {}),
  ]);
  const known = new Set(claims.map(placeOf));
  const users = pods.filter(
    ({ metadata, spec, status }) =>
      // A pod that has ended uses no volume.
      !["Succeeded", "Failed"].includes(status?.phase ?? "") &&
      (spec.volumes ?? []).some(({ persistentVolumeClaim: claim }) =>
        known.has(`${metadata.namespace}/${claim?.claimName}`),
      ),
  );
  return { users, claims, volumes, attachments };
}

function waitedFor({ users, claims, volumes, attachments, snapshots }: Found): string {
  const counts = [
    [snapshots.objects.length + snapshots.ending.length, "snapshots"],
    [users.length, "pods that use volumes"],
    [claims.length, "claims"],
    [volumes.length, "volumes"],
    [attachments.length, "attached disks"],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}

function inUse(users: readonly Pod[]): OperatorError {
  const [{ metadata }] = users;
  return new OperatorError({
    what: `${users.length} pods that these programs have not made use volumes; nothing was deleted.`,
    where: users.map(placeOf).join(", "),
    why: "the volumes would end with the cluster, and their disks would be orphaned",
    next:
      "save what they hold and delete what runs them, then destroy again: " +
      `kubectl --namespace ${metadata.namespace} get pod ${metadata.name} --output jsonpath={.metadata.ownerReferences}`,
  });
}

function remaining(
  { users, claims, volumes, attachments, snapshots }: Found,
  patience: number,
): OperatorError {
  const lines = [
    ...users.map((pod) => `pod ${placeOf(pod)}`),
    ...claims.map((claim) => `claim ${placeOf(claim)}`),
    ...volumes
      .filter(endsWithClaim)
      .map(({ metadata, status }) =>
        [`volume ${metadata.name}`, status?.phase, status?.message].filter(Boolean).join(": "),
      ),
    ...attachments.map((attachment) => `volumeattachment ${placeOf(attachment)}`),
    ...snapshots.objects.map((snapshot) => `snapshot ${placeOf(snapshot)}`),
    ...snapshots.kept.map((one) => `${keptSnapshot(one)}, which therefore stays`),
  ];
  return new OperatorError({
    what: `For ${span(patience)} no pod, claim, volume, attachment or snapshot has ended; the nodes were left as they are.`,
    where: lines.join("\n"),
    why: "a finalizer, or the driver that cannot detach or delete a disk; kubectl describe shows its events",
    next:
      "mend the cause and destroy again. To give these disks up: delete claim and volume after taking their\n" +
      'finalizers away (kubectl patch pv <name> --type=merge --patch \'{"metadata":{"finalizers":null}}\'), and their disks by hand',
  });
}

/** The delete step of the resource that stands for a cluster's volumes; the kubeconfig comes on standard input. */
if (require.main === module) {
  exitWith(
    withClusterUnlessAbandoned("its volumes are unknown", (api) =>
      withoutLostNodes(api, (lost) => releaseVolumes(api, console.log, PATIENCE, lost)),
    ),
  );
}
