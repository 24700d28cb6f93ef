import { AUTHORITY_FILE, type Vcenter } from "../../cloud-provider/vcenterCredentials";

/** Folder of the configuration in the pods of the controller. */
export const CSI_CONFIG_FOLDER = "/etc/cloud";
/** Name of the configuration in it. */
export const CSI_CONFIG_FILE = "csi-vsphere.conf";

/** What the driver's configuration depends on. */
export interface CsiConfigArgs {
  vcenter: Vcenter;
  user: string;
  password: string;
  /** Cluster id under which the vCenter keeps the volumes. */
  clusterId: string;
  topologyCategories: readonly string[];
  /** Snapshots that a volume may have at once. Default: the driver makes none. */
  maxSnapshots?: number;
}

/**
 * Configuration of the CSI driver's controller. Holds the password.
 * @see https://github.com/kubernetes-sigs/vsphere-csi-driver/blob/v3.7.0/pkg/common/config/types.go
 */
export function csiConfig(args: CsiConfigArgs): string {
  const { vcenter, clusterId, topologyCategories, maxSnapshots } = args;
  const { host, port, datacenter, insecure, thumbprint, authority } = vcenter;
  return [
    section("Global", { "cluster-id": clusterId }),
    section(`VirtualCenter ${quoted(host)}`, {
      user: args.user,
      password: args.password,
      port: `${port}`,
      datacenters: datacenter,
      ...(insecure ? { "insecure-flag": "true" } : {}),
      ...(authority === undefined ? {} : { "ca-file": `${CSI_CONFIG_FOLDER}/${AUTHORITY_FILE}` }),
      ...(thumbprint === undefined ? {} : { thumbprint }),
    }),
    ...(topologyCategories.length === 0
      ? []
      : [section("Labels", { "topology-categories": topologyCategories.join(",") })]),
    ...(maxSnapshots === undefined
      ? []
      : [section("Snapshot", { "global-max-snapshots-per-block-volume": `${maxSnapshots}` })]),
  ].join("\n");
}

function section(name: string, values: Record<string, string>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${quoted(value)}\n`);
  return `[${name}]\n${lines.join("")}`;
}

/** A value as gcfg reads it: in quotes everything but these two characters and a line break stands for itself. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
