import * as pulumi from "@pulumi/pulumi";

import { csiRelease } from "../../environment/releases/vsphereCsi";
import type { Environment } from "../../environment/schema";
import { csiPassword } from "../../pulumi/config";
import { accountsOf, vcenterOf } from "../cloud-provider/vcenterCredentials";
import { awaitNodes } from "../node/awaitNodes";
import { DRIVER_REGISTERED } from "../node/conditions";
import type { KnownMachine, Machine } from "../node/machine";
import { LocalPath } from "./local-path/localPath";
import { SnapshotController } from "./snapshots/controller";
import { VsphereCsi } from "./vsphere-csi/vsphereCsi";

/** Arguments of every kind of provisioner. */
export interface VolumeProvisionerArgs {
  environment: Pick<
    Environment,
    "volumes" | "nodes" | "kubernetes" | "vsphere" | "zones" | "imageLock"
  >;
  machines: readonly Machine[];
  /** A control plane that answers. */
  leader: KnownMachine;
  /** Certificates that verify the vCenter. */
  authority: string | undefined;
}

/** Installs the provisioner of the storage classes. The returned resources are complete when every node can have a volume. */
export function volumeProvisioner(
  name: string,
  { environment, ...rest }: VolumeProvisionerArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { volumes } = environment;
  switch (volumes.provisioner) {
    case "local-path": {
      const { version, path } = volumes;
      return [new LocalPath(`${name}-local-path`, { version, path, environment }, opts)];
    }
    case "vsphere-csi":
      return vsphereVolumes(name, { environment, volumes, ...rest }, opts);
    default: {
      const never: never = volumes;
      return never;
    }
  }
}

/** vSphere's driver and, if the site has snapshots, their controller before it. */
function vsphereVolumes(
  name: string,
  {
    environment,
    volumes,
    machines,
    leader,
    authority,
  }: VolumeProvisionerArgs & {
    volumes: Extract<Environment["volumes"], { provisioner: "vsphere-csi" }>;
  },
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { vsphere, kubernetes } = environment;
  const { version, clusterId = kubernetes.clusterName, topologyCategories, snapshots } = volumes;
  const release = csiRelease(version);
  if (release === undefined) {
    throw new Error(`Release ${version} of the driver is unknown, although its check passed.`);
  }
  const snapshotController =
    snapshots === undefined
      ? []
      : [
          new SnapshotController(
            `${name}-snapshots`,
            { version: release.sidecars.snapshotter, environment },
            opts,
          ),
        ];
  const driver = new VsphereCsi(
    `${name}-vsphere-csi`,
    {
      version,
      release,
      clusterId,
      topologyCategories,
      snapshots,
      vcenter: vcenterOf(vsphere, authority),
      credentials: { user: accountsOf(vsphere).csi, password: csiPassword() },
      environment,
    },
    pulumi.mergeOptions(opts, { dependsOn: snapshotController }),
  );
  const registered = awaitNodes(
    `${name}-registered`,
    { machines, leader, condition: DRIVER_REGISTERED },
    { dependsOn: driver, deletedWith: opts.deletedWith },
  );
  return [...snapshotController, driver, registered];
}
