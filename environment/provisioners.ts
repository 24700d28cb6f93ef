import type { Environment } from "./schema";

/** Name of each kind of provisioner in storage classes. */
export const PROVISIONER_NAMES = {
  "local-path": "rancher.io/local-path",
  "vsphere-csi": "csi.vsphere.vmware.com",
} as const satisfies Record<Environment["volumes"]["provisioner"], string>;
