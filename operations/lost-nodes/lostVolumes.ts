import type { StateResource } from "../engine/exportedStack";
import type { Leftover } from "./volumes";

interface Metadata {
  name?: string;
  namespace?: string;
}
interface Claim {
  metadata?: Metadata;
  spec?: { storageClassName?: string; volumeName?: string };
}
interface StatefulSet {
  metadata?: Metadata;
  spec?: { replicas?: number; volumeClaimTemplates?: Claim[] };
}
interface PersistentVolume {
  metadata?: Metadata;
  spec?: { nfs?: { server: string; path: string } };
}

const REMOVE =
  "vSphere Client, Cloud Native Storage, Container Volumes; or: govc volume.ls, govc volume.rm <id>";

/**
 * What an abandoned cluster has made outside its machines, as far as the state of apps knows: the disks behind claims, also
 * those of StatefulSets, and folders on file servers.
 *
 * @param onMachines - Whether volumes are folders on the machines and are deleted with them.
 */
export function lostVolumes(
  resources: readonly StateResource[],
  { onMachines }: { onMachines: boolean },
): Leftover[] {
  return resources.flatMap(({ type, inputs, outputs }): Leftover[] => {
    const object = { ...inputs, ...outputs };
    switch (type) {
      case "kubernetes:core/v1:PersistentVolumeClaim":
        // Without a class it is a folder of a file server.
        return onMachines || !(object as Claim).spec?.storageClassName
          ? []
          : [diskOf(object as Claim)];
      case "kubernetes:apps/v1:StatefulSet":
        return onMachines ? [] : disksOf(object as StatefulSet);
      case "kubernetes:core/v1:PersistentVolume":
        return foldersOf(object as PersistentVolume);
      default:
        return [];
    }
  });
}

/** The entry for disks that no state knows of. */
export function unknownDisks(clusterName: string): Leftover {
  return {
    what: "disks of volumes that others have asked the cluster for, if any",
    where: `the vCenter's container volumes of the cluster ${clusterName}`,
    remove: REMOVE,
  };
}

function diskOf({ metadata, spec }: Claim): Leftover {
  const { name, namespace } = metadata ?? {};
  return {
    what: `disk of the claim ${namespace}/${name}`,
    where: `container volume ${spec?.volumeName ?? "of that claim"}, storage class ${spec?.storageClassName}`,
    remove: REMOVE,
  };
}

/** The name of a StatefulSet's claim consists of template, set and number. */
function disksOf({ metadata, spec }: StatefulSet): Leftover[] {
  return (spec?.volumeClaimTemplates ?? []).flatMap((template) =>
    Array.from({ length: spec?.replicas ?? 1 }, (_, index) =>
      diskOf({
        metadata: {
          name: `${template.metadata?.name}-${metadata?.name}-${index}`,
          namespace: metadata?.namespace,
        },
        spec: template.spec,
      }),
    ),
  );
}

function foldersOf({ metadata, spec }: PersistentVolume): Leftover[] {
  return spec?.nfs === undefined
    ? []
    : [
        {
          what: `folder of the volume ${metadata?.name}`,
          where: `${spec.nfs.server}:${spec.nfs.path}`,
          remove: "its files, on the file server",
        },
      ];
}
