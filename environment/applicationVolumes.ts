import type { Environment } from "./schema";
import type { VolumeSpec } from "./schema/apps";

/** Where each volume of the applications comes from, by the path of the key that says so. */
export function volumesOf({
  consul,
  confluence,
}: Environment["apps"]): [path: string, volume: Omit<VolumeSpec, "size">][] {
  return [
    ["apps.consul", { storageClass: consul.storageClass }],
    ["apps.consul.backup.volume", consul.backup.volume],
    ["apps.confluence.home", confluence.home],
    ["apps.confluence.database", { storageClass: confluence.database.storageClass }],
    ["apps.confluence.backup.volume", confluence.backup.volume],
  ];
}
