import { z } from "zod";

import { LOGS, type Resources } from "../../environment/applications/workloads";
import { backup, volume } from "../../environment/schema/data";
import {
  atLeastOne,
  cpuAmount,
  dnsLabel,
  dnsName,
  imageName,
  memoryAmount,
  version,
} from "../../environment/schema/fields";

const database = z.strictObject({
  /** Release of PostgreSQL's image. */
  version: z.string().regex(/^[0-9]+(\.[0-9]+)?$/, 'a PostgreSQL release, quoted, such as "15.18"'),
  /** Its claim pvc-confluence-db. */
  storageClass: dnsName,
  /** @default "15Gi" */
  size: memoryAmount.default("15Gi"),
  /** Another number is another password; PostgreSQL and Confluence are restarted with it. @default 1 */
  passwordGeneration: atLeastOne.default(1),
  /** Release of Adminer, its page for administrators. */
  adminerVersion: version,
  /** Host name of Adminer. */
  adminerHost: dnsName,
});

/** Section `apps.confluence`. */
export const settings = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /** Image without tag. @default "docker.io/atlassian/confluence" */
  image: imageName.default("docker.io/atlassian/confluence"),
  /** The image's tag, a release of Confluence. */
  version,
  /** Host name inside the ingress' domain. */
  host: dnsName,
  /** The host name people use. Its certificate comes through Consul's KV store and changes without a restart. */
  publicHost: z.strictObject({
    /** Not a name directly below the ingress' domain: its wildcard would hide that this certificate is missing. */
    name: dnsName,
    /**
     * `site-ca`: made and renewed by the site's own CA. `own`: the secrets `apps:confluenceCertificate` (PEM chain, leaf
     * first; it may stand in the clear) and `apps:confluenceKey` (PEM). @default "site-ca"
     */
    certificate: z.enum(["site-ca", "own"]).default("site-ca"),
  }),
  /** Java's heap in MiB. */
  jvm: z
    .strictObject({
      /** @default 1024 */
      minimumMiB: atLeastOne.default(1024),
      /** At most 80 % of the memory limit: Java needs room beside its heap. @default 1024 */
      maximumMiB: atLeastOne.default(1024),
    })
    .prefault({}),
  /** What the container is promised. @default 500m, 1536Mi, 256Mi */
  requests: z
    .strictObject({
      cpu: cpuAmount.default("500m"),
      memory: memoryAmount.default("1536Mi"),
      "ephemeral-storage": memoryAmount.default("256Mi"),
    })
    .prefault({}),
  /** What it may not exceed. @default 2, 2500Mi, 2Gi: its temporary files are at most 1Gi */
  limits: z
    .strictObject({
      cpu: cpuAmount.default("2"),
      memory: memoryAmount.default("2500Mi"),
      "ephemeral-storage": memoryAmount.default("2Gi"),
    })
    .prefault({}),
  /** Seconds Confluence may take to start, migrations of a new release included. @default 900 */
  startSeconds: atLeastOne.default(900),
  /**
   * True lets clients reach the pages of setup and restore, where the first visitor becomes administrator
   * (CVE-2023-22515, CVE-2023-22518): for the first minutes of a new Confluence only. @default false
   */
  setupIsOpen: z.boolean().default(false),
  /** Its claim pvc-confluence-apps: the local home with attachments and indexes. */
  home: volume,
  database,
  /** Of the database. */
  backup,
  /**
   * Of the local home, as APP=confluence-files; some minutes after `backup`, so that no page of a pair lacks an attachment.
   * Default: it is in no backup.
   */
  homeBackup: backup.optional(),
});

/** What APP= calls the backups of the local home, and their folder on a file server. */
export const HOME_BACKUP = "confluence-files";

export type ConfluenceSettings = z.output<typeof settings>;

export const DATABASE_RESOURCES: Resources = {
  requests: { cpu: "500m", memory: "300Mi", "ephemeral-storage": LOGS.request },
  limits: { cpu: "1", memory: "1000Mi", "ephemeral-storage": LOGS.limit },
};

/** Where the database runs: PostgreSQL's image of a release. */
export function postgresImage({ version: release }: { version: string }): string {
  return `docker.io/library/postgres:${release}`;
}

export const adminerImage = (release: string) => `docker.io/library/adminer:${release}`;

export const ADMINER_RESOURCES: Resources = {
  requests: { cpu: "10m", memory: "32Mi", "ephemeral-storage": LOGS.request },
  limits: { cpu: "200m", memory: "128Mi", "ephemeral-storage": LOGS.limit },
};
