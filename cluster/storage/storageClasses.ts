import { StorageClass } from "@pulumi/kubernetes/storage/v1";
import * as pulumi from "@pulumi/pulumi";

import { PROVISIONER_NAMES } from "../../environment/provisioners";
import type { StorageClassSpec } from "../../environment/schema";

/**
 * Volumes of Kubernetes' kind `local` instead of `hostPath`. The kubelet gives them to the pod's fsGroup, as with a
 * separate disk. If the folder is gone, the pod does not start; a hostPath would begin again with an empty folder.
 */
const LOCAL_VOLUMES = { defaultVolumeType: "local" };

/** A place, as the labels that the CSI driver gives to nodes for the tags of their hosts. */
function topologyTerm(term: StorageClassSpec["allowedTopologies"][number]) {
  return {
    matchLabelExpressions: Object.entries(term).map(([category, values]) => ({
      key: `topology.csi.vmware.com/${category}`,
      values,
    })),
  };
}

/** The storage classes of the environment; provisioner.ts installs what creates their volumes. */
export function storageClasses(
  specs: readonly StorageClassSpec[],
  opts: pulumi.CustomResourceOptions,
): StorageClass[] {
  return specs.map(
    ({ name, default: isDefault, allowedTopologies, ...spec }) =>
      new StorageClass(
        `storage-class-${name}`,
        {
          metadata: {
            name,
            annotations: {
              "storageclass.kubernetes.io/is-default-class": `${isDefault}`,
              ...(spec.provisioner === PROVISIONER_NAMES["local-path"] ? LOCAL_VOLUMES : {}),
            },
          },
          ...spec,
          ...(allowedTopologies.length === 0
            ? {}
            : { allowedTopologies: allowedTopologies.map(topologyTerm) }),
        },
        // Only one class can have the name. The plugin replaces a class by itself for another provisioner or other parameters; these
        // two the API does not change either.
        pulumi.mergeOptions(opts, {
          deleteBeforeReplace: true,
          replaceOnChanges: ["reclaimPolicy", "volumeBindingMode"],
        }),
      ),
  );
}
