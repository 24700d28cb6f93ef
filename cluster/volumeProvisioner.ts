import type * as pulumi from "@pulumi/pulumi";

import { csiPassword } from "../environment/config";
import { csiRelease } from "../environment/csiReleases";
import type { Environment } from "../environment/schema";
import { awaitNodes } from "./awaitNodes";
import type { Machine } from "./kubeadmCluster";
import { LocalPath } from "./localPath";
import { DRIVER_REGISTERED } from "./nodeConditions";
import { accountsOf, vcenterOf } from "./vcenterAccess";
import { VsphereCsi } from "./vsphereCsi";

/** What every kind of provisioner is made from. */
export interface VolumeProvisionerArgs {
  environment: Pick<Environment, "volumes" | "nodes" | "kubernetes" | "vsphere" | "zones">;
  machines: readonly Machine[];
  /** Certificates by which the vCenter is verified. */
  authority: string | undefined;
}

/** Installs what makes the volumes of the storage classes. What is returned is complete when every node can have one. */
export function volumeProvisioner(
  name: string,
  { environment, machines, authority }: VolumeProvisionerArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { volumes, vsphere, kubernetes } = environment;
  switch (volumes.provisioner) {
    case "local-path": {
      const { version, path } = volumes;
      return [new LocalPath(`${name}-local-path`, { version, path, environment }, opts)];
    }
    case "vsphere-csi": {
      const { version, clusterId = kubernetes.clusterName, topologyCategories } = volumes;
      const release = csiRelease(version);
      if (release === undefined) {
        throw new Error(`Release ${version} of the driver is unknown, although its check passed.`);
      }
      const driver = new VsphereCsi(
        `${name}-vsphere-csi`,
        {
          version,
          release,
          clusterId,
          topologyCategories,
          vcenter: vcenterOf(vsphere, authority),
          credentials: { user: accountsOf(vsphere).csi, password: csiPassword() },
          environment,
        },
        opts,
      );
      const registered = awaitNodes(
        `${name}-registered`,
        { machines, condition: DRIVER_REGISTERED },
        { dependsOn: driver, deletedWith: opts.deletedWith },
      );
      return [driver, registered];
    }
    default: {
      const never: never = volumes;
      return never;
    }
  }
}
