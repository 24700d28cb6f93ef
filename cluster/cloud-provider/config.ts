import { stringify } from "yaml";

import type { Environment } from "../../environment/schema";
import { AUTHORITY_FILE, type Vcenter } from "./vcenterCredentials";

/** Folder of the configuration in the pod. */
export const CONFIG_FOLDER = "/etc/cloud";
/** Name of the configuration in it. */
export const CONFIG_FILE = "vsphere.conf";
/** Folder with user name and password. It is a separate folder, so that no account needs the right to read Secrets. */
export const CREDENTIALS_FOLDER = "/etc/cloud-credentials";

/**
 * Configuration of the cloud controller manager. It takes the address in the machine's zone: a machine may have other
 * addresses, such as the pod network's.
 * @see https://github.com/kubernetes/cloud-provider-vsphere/blob/v1.36.0/pkg/common/config/types_yaml.go
 */
export function cloudProviderConfig(vcenter: Vcenter, zones: Environment["zones"]): string {
  const { host, port, datacenter, insecure, thumbprint, authority } = vcenter;
  return stringify({
    global: { secretsDirectory: CREDENTIALS_FOLDER },
    vcenter: {
      [host]: {
        server: host,
        port,
        datacenters: [datacenter],
        ...(insecure ? { insecureFlag: true } : {}),
        ...(authority === undefined ? {} : { caFile: `${CONFIG_FOLDER}/${AUTHORITY_FILE}` }),
        ...(thumbprint === undefined ? {} : { thumbprint }),
      },
    },
    nodes: {
      internalNetworkSubnetCidr: Object.values(zones)
        .map(({ cidr }) => cidr)
        .join(","),
    },
  });
}
