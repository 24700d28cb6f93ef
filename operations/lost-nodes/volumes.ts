import type { KubernetesObject } from "../../kubernetes/kubectl";

/** A PersistentVolume: the fields that tell its driver, its claim, and whether it ends with the claim. */
export interface PersistentVolume extends KubernetesObject {
  spec: {
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace: string; name: string };
    capacity?: { storage?: string };
    csi?: { driver: string; volumeHandle: string };
    nfs?: { server: string; path: string };
    local?: { path: string };
    hostPath?: { path: string };
    nodeAffinity?: {
      required?: { nodeSelectorTerms: { matchExpressions?: { values?: string[] }[] }[] };
    };
  };
  status?: { phase?: string; message?: string };
}

/** A PersistentVolumeClaim. */
export interface Claim extends KubernetesObject {
  spec: { volumeName?: string };
}

/** A pod: its volumes, and whether it has ended. */
export interface Pod extends KubernetesObject {
  spec: { volumes?: { persistentVolumeClaim?: { claimName: string } }[] };
  status?: { phase?: string };
}

/** `namespace/name`, or the name of what is in no namespace. */
export function placeOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Whether the storage behind a volume ends with its claim. An unclaimed volume waits for a claim, not for its end. */
export function endsWithClaim({ spec, status }: PersistentVolume): boolean {
  return (
    spec.persistentVolumeReclaimPolicy === "Delete" &&
    spec.claimRef !== undefined &&
    status?.phase !== "Available"
  );
}

/** Whether a volume's storage is on a machine of the cluster and goes when the machine goes. */
export function isOnNode({ spec }: PersistentVolume): boolean {
  return spec.local !== undefined || spec.hostPath !== undefined;
}

/** The nodes to which a volume is bound; empty for one that can be used on any node. */
export function nodesOf({ spec }: PersistentVolume): string[] {
  return (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term) =>
    (term.matchExpressions ?? []).flatMap(({ values }) => values ?? []),
  );
}

/**
 * Whether a volume that should end never will: its claim has ended, and its folder is on lost nodes only, so the provisioner's
 * pod that would remove it cannot run.
 */
export function isLostWith(lost: ReadonlySet<string>, volume: PersistentVolume): boolean {
  const nodes = nodesOf(volume);
  return (
    endsWithClaim(volume) &&
    ["Released", "Failed"].includes(volume.status?.phase ?? "") &&
    isOnNode(volume) &&
    nodes.length > 0 &&
    nodes.every((name) => lost.has(name))
  );
}

/** Something that stays when a site is destroyed. */
export interface Leftover {
  what: string;
  where: string;
  remove: string;
}

/** A volume that outlives its claim. */
export function leftoverOf(volume: PersistentVolume): Leftover {
  const { spec } = volume;
  const { claimRef, capacity } = spec;
  const claim = claimRef === undefined ? "no claim" : `${claimRef.namespace}/${claimRef.name}`;
  const what = `volume ${volume.metadata.name}, ${capacity?.storage ?? "of unknown size"}, of ${claim}`;
  if (spec.csi !== undefined) {
    const { driver, volumeHandle } = spec.csi;
    return {
      what,
      where: `${driver}, volume ${volumeHandle}`,
      remove:
        driver === "csi.vsphere.vmware.com"
          ? `vSphere Client, Cloud Native Storage, Container Volumes; or: govc volume.rm ${volumeHandle}`
          : `by the tools of ${driver}`,
    };
  }
  if (spec.nfs !== undefined) {
    const { server, path } = spec.nfs;
    return { what, where: `${server}:${path}`, remove: "its files, on the file server" };
  }
  const path = spec.local?.path ?? spec.hostPath?.path;
  const nodes = nodesOf(volume);
  return path === undefined
    ? { what, where: "not known here", remove: "by the tools of what made it" }
    : {
        what,
        where: `${nodes.join(", ") || "a node"}:${path}`,
        remove: `the folder, on that machine; it goes with the machine at the latest`,
      };
}
