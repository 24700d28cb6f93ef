import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";

/** A VolumeSnapshotContent: what a driver has made of a snapshot. */
interface SnapshotContent extends KubernetesObject {
  spec: { deletionPolicy: "Delete" | "Retain"; source: { volumeHandle?: string } };
  status?: { snapshotHandle?: string };
}

/** The snapshots of a cluster. */
export interface Snapshots {
  /** The objects of people and of backup programs. */
  objects: KubernetesObject[];
  /** What is being deleted in the storage. */
  ending: SnapshotContent[];
  /** What stays there whatever becomes of its object. */
  kept: SnapshotContent[];
}

const GROUP = "snapshot.storage.k8s.io";

/** Looks for snapshots; it finds out once whether the cluster knows of such things at all. */
export function snapshotSearch(api: Pick<Kubectl, "list">): () => Promise<Snapshots> {
  let known: boolean | undefined;
  return async () => {
    known ??= (await api.list("customresourcedefinitions", {})).some(
      ({ metadata }) => metadata.name === `volumesnapshots.${GROUP}`,
    );
    if (!known) {
      return { objects: [], ending: [], kept: [] };
    }
    const [objects, contents] = await Promise.all([
      api.list(`volumesnapshots.${GROUP}`, {}),
      api.list<SnapshotContent>(`volumesnapshotcontents.${GROUP}`, {}),
    ]);
    const isKept = ({ spec }: SnapshotContent) => spec.deletionPolicy === "Retain";
    return {
      objects,
      ending: contents.filter(
        (one) => !isKept(one) && one.metadata.deletionTimestamp !== undefined,
      ),
      kept: contents.filter(isKept),
    };
  };
}

/** A snapshot that stays, in one line. */
export function keptSnapshot({ metadata, spec, status }: SnapshotContent): string {
  const volume = spec.source.volumeHandle ?? "of an unknown volume";
  return `snapshot ${status?.snapshotHandle ?? metadata.name} of volume ${volume}`;
}
