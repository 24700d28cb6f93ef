import { volumesOf } from "../applications/exposed";
import type { Fault } from "../faults";
import { PROVISIONER_NAMES } from "../provisioners";
import type { Environment, StorageClassSpec } from "../schema";
import { duplicates } from "./duplicates";

/** Storage classes of the same name, and not exactly one default. */
export function storageFaults({ storageClasses }: Pick<Environment, "storageClasses">): Fault[] {
  const defaults = storageClasses.filter((one) => one.default).map(({ name }) => name);
  return [
    ...duplicates("storageClasses", storageClasses),
    ...(defaults.length === 1
      ? []
      : [
          {
            path: "storageClasses",
            value: defaults,
            reason: `has ${defaults.length === 0 ? "no default class" : `${defaults.length} default classes`}`,
            allowed: "exactly one class with default: true",
          },
        ]),
  ];
}

/** Storage classes without a provisioner, and settings that the local-path provisioner does not support. */
export function provisionerFaults({
  volumes,
  storageClasses,
}: Pick<Environment, "volumes" | "storageClasses">): Fault[] {
  const wanted = PROVISIONER_NAMES[volumes.provisioner];
  return storageClasses.flatMap((storageClass, index): Fault[] => {
    const path = `storageClasses[${index}]`;
    if (storageClass.provisioner !== wanted) {
      return [
        {
          path: `${path}.provisioner`,
          value: storageClass.provisioner,
          reason: `makes no volumes here: volumes.provisioner is ${volumes.provisioner}`,
          allowed: wanted,
        },
      ];
    }
    return volumes.provisioner === "local-path"
      ? localPathFaults(path, storageClass)
      : [
          ...parameterFaults(path, storageClass),
          ...topologyFaults(path, storageClass, volumes.topologyCategories),
        ];
  });
}

/** All parameters of the CSI driver. It refuses every claim of a class that has any other. */
const CSI_PARAMETERS = ["storagepolicyname", "datastoreurl", "csi.storage.k8s.io/fstype"];

function parameterFaults(path: string, { parameters }: StorageClassSpec): Fault[] {
  return Object.entries(parameters)
    .filter(([name]) => !CSI_PARAMETERS.includes(name))
    .map(([name, value]) => ({
      path: `${path}.parameters.${name}`,
      value,
      reason:
        "is no parameter of vSphere's CSI driver, which makes no volume of a class that has it",
      allowed: CSI_PARAMETERS.join(", "),
    }));
}

/** Categories in which the driver does not look for a volume's place. */
function topologyFaults(
  path: string,
  { allowedTopologies }: StorageClassSpec,
  categories: readonly string[],
): Fault[] {
  return allowedTopologies.flatMap((term, index) =>
    Object.entries(term)
      .filter(([category]) => !categories.includes(category))
      .map(([category, tags]) => ({
        path: `${path}.allowedTopologies[${index}].${category}`,
        value: tags,
        reason: "is no category by which volumes are placed, so none would be made",
        allowed: categories.join(", ") || "first a category in volumes.topologyCategories",
      })),
  );
}

function localPathFaults(
  path: string,
  { allowVolumeExpansion, volumeBindingMode, allowedTopologies }: StorageClassSpec,
): Fault[] {
  return [
    ...(allowedTopologies.length > 0
      ? [
          {
            path: `${path}.allowedTopologies`,
            value: allowedTopologies,
            reason: "names places by a vCenter's tags, of which local-path knows nothing",
            allowed: "no such key",
          },
        ]
      : []),
    ...(allowVolumeExpansion
      ? [
          {
            path: `${path}.allowVolumeExpansion`,
            value: allowVolumeExpansion,
            reason: "promises what local-path cannot do: its volumes do not grow",
            allowed: "false",
          },
        ]
      : []),
    ...(volumeBindingMode === "Immediate"
      ? [
          {
            path: `${path}.volumeBindingMode`,
            value: volumeBindingMode,
            reason:
              "asks for a volume before a pod has a node, and local-path makes it on that node",
            allowed: "WaitForFirstConsumer",
          },
        ]
      : []),
  ];
}

/** Volumes of applications from a class that does not exist, from two sources, or from none. */
export function claimFaults(site: Pick<Environment, "applications" | "storageClasses">): Fault[] {
  const names = site.storageClasses.map(({ name }) => name);
  return volumesOf(site).flatMap(({ path, volume: { storageClass, nfs } }): Fault[] => {
    if ((storageClass === undefined) === (nfs === undefined)) {
      return [
        {
          path,
          value: nfs === undefined ? undefined : { storageClass, nfs },
          reason: `has ${nfs === undefined ? "neither" : "both"} storageClass ${nfs === undefined ? "nor" : "and"} nfs`,
          allowed: "exactly one of them",
        },
      ];
    }
    return storageClass === undefined || names.includes(storageClass)
      ? []
      : [
          {
            path: `${path}.storageClass`,
            value: storageClass,
            reason: "is no storage class of this environment",
            allowed: names.join(", ") || "first a class in storageClasses",
          },
        ];
  });
}
