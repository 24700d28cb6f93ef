import { z } from "zod";

import {
  atLeastOne,
  count,
  cpuAmount,
  cronSchedule,
  dnsLabel,
  dnsName,
  imageName,
  memoryAmount,
  nodePort,
  text,
  version,
} from "./fields";

/** What the apps stack runs: the section `apps` of an environment. */

/** Where an application's volume comes from: of `storageClass` and `nfs` exactly one. */
const volume = z.strictObject({
  /** One of `storageClasses`, which makes the volume and, where it reclaims, ends it with its claim. */
  storageClass: dnsName.optional(),
  /** A folder that a file server exports. It is mounted as it is and never emptied. */
  nfs: z
    .strictObject({
      /** Name or address of the server. */
      server: dnsName,
      /** Absolute path of the folder; each application uses a folder of its own below it. */
      path: z.string().regex(/^\/\S*$/, "an absolute path such as /volume1/k8s"),
    })
    .optional(),
  /**
   * Capacity. A larger one grows the volume where the class allows it; a smaller one is refused by the API. A file
   * server enforces no size, and a change does nothing there.
   */
  size: memoryAmount,
});

/** When and where an application is saved. */
const backup = z.strictObject({
  /** Five fields of cron, in UTC: "0 2 * * *". */
  schedule: cronSchedule,
  /** Backups that are kept; the oldest go first. @default 14 */
  keep: atLeastOne.default(14),
  /** A volume of its own, so that it survives the application's. */
  volume,
});

const ingress = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /** Domain of the default certificate, *.domain. */
  domain: dnsName,
  /** @default 30080 */
  httpNodePort: nodePort.default(30080),
  /** @default 30443 */
  httpsNodePort: nodePort.default(30443),
  /** Release of Traefik. */
  traefikVersion: version,
  /** Pods, each on its own worker of the load balancer's zone. @default 2 */
  replicas: atLeastOne.default(2),
  /** Host name of Traefik's dashboard, behind authentication. */
  dashboardHost: dnsName,
  /** User who may see Traefik's dashboard and Consul's UI. The password is generated. @default "operator" */
  operator: text.default("operator"),
});

const whoami = z.strictObject({
  /** Its namespace. The zone of that namespace decides on which nodes it runs, tainted or not. */
  namespace: dnsLabel,
  version,
  /** Pods, each on its own worker of that zone. @default 2 */
  replicas: atLeastOne.default(2),
  /** Host name under which it answers, one label below the ingress' domain as all but `publicHost`. */
  host: dnsName,
});

const outpost = whoami.extend({
  /**
   * Port at the nodes of its zone by which the ingress reaches it: the tunnel of the pods' packets is closed between zones,
   * because it would be open in both directions. @default 30090
   */
  nodePort: nodePort.default(30090),
});

const consul = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /** Release of Consul. */
  version,
  /** Name of Consul's datacenter. @default "lan" */
  datacenter: dnsLabel.default("lan"),
  /** Domain of its names and certificates: servers are server.<datacenter>.<domain>. @default "cluster.local" */
  domain: dnsName.default("cluster.local"),
  /** Servers, each on a node of its own: 3, or 5 to lose two at a time. @default 3 */
  replicas: z.literal([3, 5], "3 or 5").default(3),
  /** Of each server's volume. */
  storageClass: dnsName,
  /** @default "1Gi" */
  size: memoryAmount.default("1Gi"),
  /** Host name of its UI, behind authentication. */
  uiHost: dnsName,
  /** Another number is another gossip key, brought in without a restart. @default 1 */
  gossipKeyGeneration: atLeastOne.default(1),
  /** Another number is another server certificate; the servers are restarted one by one. @default 1 */
  certificateGeneration: atLeastOne.default(1),
  backup,
});

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

const confluence = z.strictObject({
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
  /** What the container is promised. @default 500m, 1536Mi */
  requests: z
    .strictObject({
      cpu: cpuAmount.default("500m"),
      memory: memoryAmount.default("1536Mi"),
    })
    .prefault({}),
  /** What it may not exceed. @default 2, 2500Mi */
  limits: z
    .strictObject({
      cpu: cpuAmount.default("2"),
      memory: memoryAmount.default("2500Mi"),
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
  backup,
});

/** The page that shows the cluster to those who may read. */
const dashboard = z.strictObject({
  /** Its namespace, one of `namespaces` in the load balancer's zone. */
  namespace: dnsLabel,
  /** Image without tag. @default "ghcr.io/headlamp-k8s/headlamp" */
  image: imageName.default("ghcr.io/headlamp-k8s/headlamp"),
  version,
  host: dnsName,
  /** Namespaces whose objects its account may read; their secrets never. Default: all of `namespaces`. */
  namespaces: z.array(dnsLabel).optional(),
  /** Seconds a token is valid that `make dashboard` prints. @default 3600 */
  tokenSeconds: count.min(600, "at least 600 seconds, which is the API's minimum").default(3600),
});

export const apps = z.strictObject({
  /** Traefik behind the load balancer's ports 80 and 443. */
  ingress,
  /** The first application, which answers with what it was asked. */
  whoami,
  /** The same in another zone: what it takes to run there. Default: not there. */
  outpost: outpost.optional(),
  consul,
  confluence,
  dashboard,
});

export type VolumeSpec = z.output<typeof volume>;
export type BackupSpec = z.output<typeof backup>;
