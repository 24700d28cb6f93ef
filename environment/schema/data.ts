import { z } from "zod";

import { atLeastOne, cronSchedule, dnsName, imageName, memoryAmount, text } from "./fields";

/** What the settings of applications have in common: where their data is, and how it is saved. */

/** Where an application's volume comes from: of `storageClass` and `nfs` exactly one. */
export const volume = z.strictObject({
  /** One of `storageClasses`, which makes the volume and, where it reclaims, ends it with its claim. Another one is refused. */
  storageClass: dnsName.optional(),
  /** A folder that a file server exports. It is mounted as it is and never emptied. Another one is refused as long as this is mounted. */
  nfs: z
    .strictObject({
      /** Name or address of the server. */
      server: dnsName,
      /** Absolute path of the folder; each application uses a folder of its own below it.*/
      path: z.string().regex(/^\/\S*$/, "an absolute path such as /volume1/k8s"),
    })
    .optional(),
  /**
   * Capacity. A larger one grows the volume where the class allows it; otherwise, and where it is smaller, it is refused. A file
   * server enforces no size, and a change does nothing there.
   */
  size: memoryAmount,
});

/** When and where an application is saved. */
export const backup = z.strictObject({
  /** Five fields of cron, in UTC: "0 2 * * *". */
  schedule: cronSchedule,
  /** So many of the newest stay, however old they are. @default 14 */
  keep: atLeastOne.default(14),
  /** Days after which one that is not among them goes. @default 7 */
  keepDays: atLeastOne.default(7),
  /**
   * A volume of its own, so that it survives the application's. Its size also limits one backup on its way there: it lies unencrypted on
   * its node until its pod ends, and no longer.
   */
  volume,
});

/** Section `backups`: what the backups of all applications have in common. */
export const backups = z.strictObject({
  /**
   * Image that signs and encrypts backups: any with a POSIX shell, GNU's coreutils and tar, and openssl 3. The default is one that a site with
   * Confluence has anyway. @default "docker.io/library/postgres"
   */
  image: imageName.default("docker.io/library/postgres"),
  /** Its tag. @default "15.20-bookworm" */
  version: text.default("15.20-bookworm"),
});

export type VolumeSpec = z.output<typeof volume>;
export type BackupSpec = z.output<typeof backup>;
