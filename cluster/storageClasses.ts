import { StorageClass } from "@pulumi/kubernetes/storage/v1";
import * as pulumi from "@pulumi/pulumi";

import type { StorageClassSpec } from "../environment/schema";

/** The storage classes of the environment; what makes their volumes is in volumeProvisioner.ts. */
export function storageClasses(
  specs: readonly StorageClassSpec[],
  opts: pulumi.CustomResourceOptions,
): StorageClass[] {
  return specs.map(
    ({ name, default: isDefault, ...spec }) =>
      new StorageClass(
        `storage-class-${name}`,
        {
          metadata: {
            name,
            annotations: { "storageclass.kubernetes.io/is-default-class": `${isDefault}` },
          },
          ...spec,
        },
        // All fields but the annotation are final, and a class of that name can be there once.
        pulumi.mergeOptions(opts, { deleteBeforeReplace: true }),
      ),
  );
}
