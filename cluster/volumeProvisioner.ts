import type * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../environment/schema";
import { LocalPath } from "./localPath";

/** What every kind of provisioner is made from. */
export interface VolumeProvisionerArgs {
  environment: Pick<Environment, "volumes" | "nodes" | "kubernetes">;
}

/** Installs what makes the volumes of the storage classes. */
export function volumeProvisioner(
  name: string,
  { environment }: VolumeProvisionerArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { volumes } = environment;
  switch (volumes.provisioner) {
    case "local-path": {
      const { version, path } = volumes;
      return [new LocalPath(`${name}-local-path`, { version, path, environment }, opts)];
    }
    case "vsphere-csi":
      // Not installed by this version: an environment with it is one with Antrea, which is refused before anything is made.
      return [];
    default: {
      const never: never = volumes;
      return never;
    }
  }
}
