import type * as pulumi from "@pulumi/pulumi";

import type { VcenterPassword } from "../environment/contracts";
import { CLOUD_PROVIDER_PASSWORD, CSI_PASSWORD } from "../environment/load/secrets";
import type { Environment } from "../environment/schema";
import { cloudProviderPassword, csiPassword } from "../pulumi/config";
import { vcenterPassword } from "../pulumi/vcenterPassword";
import { accountsOf } from "./cloud-provider/vcenterCredentials";

/** The passwords with which the cluster itself calls the vCenter. */
export function vcenterPasswords({
  vsphere,
  kubernetes,
  volumes,
}: Pick<Environment, "vsphere" | "kubernetes" | "volumes">): pulumi.Output<VcenterPassword>[] {
  return [
    ...(kubernetes.cloudProvider === undefined
      ? []
      : [
          vcenterPassword("cloud-provider-password-since", {
            user: accountsOf(vsphere).cloudProvider,
            key: CLOUD_PROVIDER_PASSWORD,
            password: cloudProviderPassword(),
            vsphere,
          }),
        ]),
    ...(volumes.provisioner === "vsphere-csi"
      ? [
          vcenterPassword("csi-password-since", {
            user: accountsOf(vsphere).csi,
            key: CSI_PASSWORD,
            password: csiPassword(),
            vsphere,
          }),
        ]
      : []),
  ];
}
