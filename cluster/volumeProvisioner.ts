import type * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../environment/schema";
import { LocalPath } from "./localPath";

/** What every kind of provisioner is made from. */
export interface VolumeProvisionerArgs {
  environment: Pick<Environment, "volumes" | "zones" | "kubernetes">;
}

/** Installs what makes the volumes of the storage classes. */
export function volumeProvisioner(
  name: string,
  { environment }: VolumeProvisionerArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { volumes, zones, kubernetes } = environment;
  switch (volumes.provisioner) {
    case "local-path":
      return [
        new LocalPath(
          name,
          {
            version: volumes.version,
            path: volumes.path,
            taints: Object.values(zones).flatMap(({ taints }) => taints),
            api: kubernetes,
          },
          opts,
        ),
      ];
    case "vsphere-csi":
      // Not installed by this version: an environment with it is one with Antrea, which is refused before anything is made.
      return [];
    default: {
      const never: never = volumes;
      return never;
    }
  }
}
