import type { Environment } from "./schema";

/** The name under which storage classes ask each kind of provisioner for a volume. */
export const PROVISIONER_NAMES = {
  "local-path": "rancher.io/local-path",
  "vsphere-csi": "csi.vsphere.vmware.com",
} as const satisfies Record<Environment["volumes"]["provisioner"], string>;
