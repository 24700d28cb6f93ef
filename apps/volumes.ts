import type { types } from "@pulumi/kubernetes";
import { PersistentVolume, PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import type { VolumeSpec } from "../environment/schema/data";
import { NOT_AWAITED } from "../kubernetes/notAwaited";
import { sha256 } from "../lib/digests/sha256";

/** A claim as pods name it, and where it comes from. */
export interface ClaimArgs {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: VolumeSpec;
}

/**
 * The claim of a volume: made by its storage class, or a folder of a file server, which outlives the claim.
 *
 * What a claim comes from cannot change in place. The two kinds have names of their own, so that changing from one to the
 * other is refused by the API instead of ending a volume that has data.
 *
 * A claim that waits for its first pod is not bound before there is one, and is bound when it is changed later: the plugin's own
 * wait for a phase would end in a timeout. Pods wait for their volumes by themselves.
 */
export function claim(
  name: string,
  { metadata, spec }: ClaimArgs,
  opts: pulumi.CustomResourceOptions,
): PersistentVolumeClaim {
  if (spec.nfs === undefined) {
    return new PersistentVolumeClaim(
      name,
      {
        metadata: { ...metadata, annotations: NOT_AWAITED },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: spec.storageClass,
          resources: { requests: { storage: spec.size } },
        },
      },
      // The class is what the volume was made by. Another one in the configuration counts for new claims; replacing this
      // one would end its data.
      pulumi.mergeOptions(opts, { ignoreChanges: ["spec.storageClassName"] }),
    );
  }
  const { server, path } = spec.nfs;
  // The name contains the place: another server or folder gives another volume, and this one keeps its content.
  const place = sha256(`${server}:${path}`).slice(0, 8);
  const volume = new PersistentVolume(
    `${name}-nfs-${place}`,
    {
      metadata: {
        name: `${metadata.namespace}-${metadata.name}-${place}`,
        labels: metadata.labels,
        annotations: NOT_AWAITED,
      },
      spec: {
        capacity: { storage: spec.size },
        accessModes: ["ReadWriteMany"],
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "",
        mountOptions: ["nfsvers=4.1"],
        nfs: { server, path },
        claimRef: { namespace: metadata.namespace, name: metadata.name },
      },
    },
    // The API grows only what a class has made. A file server's folder has no size of its own.
    pulumi.mergeOptions(opts, { ignoreChanges: ["spec.capacity"] }),
  );
  return new PersistentVolumeClaim(
    `${name}-nfs`,
    {
      metadata: { ...metadata, annotations: NOT_AWAITED },
      spec: {
        accessModes: ["ReadWriteMany"],
        // Not the default class, which would make another volume.
        storageClassName: "",
        volumeName: volume.metadata.name,
        resources: { requests: { storage: spec.size } },
      },
    },
    pulumi.mergeOptions(opts, { ignoreChanges: ["spec.resources"] }),
  );
}

/**
 * Which part of a claimed volume an application mounts: all of a volume that its class made, or its own folder on a file server.
 * Spread it into every VolumeMount of such a claim.
 *
 * The kubelet makes a missing folder when it starts the container, with the mode of the exported one. An NFS mount of a folder
 * that does not exist would fail, so the volume itself is the exported folder. Pods are not root, and fsGroup does nothing on
 * NFS: the exported folder must be writable for them (mode 1777, or a server that maps all users to the owner).
 */
export function folderOf(
  { nfs }: Pick<VolumeSpec, "nfs">,
  stack: string,
  app: string,
): Pick<types.input.core.v1.VolumeMount, "subPath"> {
  return nfs === undefined ? {} : { subPath: `${stack}/${app}` };
}
