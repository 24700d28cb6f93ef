import { z } from "zod";

import { dnsLabel, dnsName, imageDigest, ipv4Address, port, text, version } from "./schema/fields";

/**
 * What each stack exports for the next one: small named values, checked when they are read. Renaming a key here breaks the next stack
 * until both stacks are updated.
 */

/** A machine that infra has made. */
const madeMachine = {
  name: dnsLabel,
  zone: dnsLabel,
  address: ipv4Address,
  /** Public host key in OpenSSH form, to be pinned. */
  hostKey: text,
  /** UUID of the virtual machine; another one means another machine. */
  vmId: z.guid("a UUID"),
};

/** The machine of a node. */
const madeNode = z.strictObject({ ...madeMachine, role: z.enum(["control-plane", "worker"]) });

/** Output `infra` of the stack infra. */
export const infraContract = z.strictObject({
  /** Where the API is reached: at the load balancer, or at the virtual address of a pair. The ingress is there too. */
  api: z.strictObject({ name: dnsName, address: ipv4Address, port }),
  /** The machine with HAProxy, or both of a pair. */
  loadBalancers: z.array(z.strictObject(madeMachine)).min(1),
  /** User who may log in with the output `sshPrivateKey` and use sudo. */
  sshUser: text,
  /** In the order of the environment. Machines that are as the environment lists them, and no others. */
  nodes: z.array(madeNode),
  /**
   * Machines that the environment no longer lists, or lists with another address or generation, as they were made. They stay as long as
   * the stack cluster has steps on them. Outputs of older programs have no such key.
   */
  held: z.array(madeNode).default([]),
});
export type Infra = z.output<typeof infraContract>;

/** Output of the stack infra: addresses of the load balancers that send the PROXY protocol. It is there while the environment wants it. */
export const PROXY_SENDERS_OUTPUT = "proxySenders";

/** Output `cluster` of the stack cluster. */
export const clusterContract = z.strictObject({
  clusterName: dnsLabel,
  /** https URL of the API at the load balancer. */
  apiServer: z.url(),
  kubernetesVersion: version,
  cni: z.enum(["antrea", "flannel"]),
  /** Certificate of the cluster's CA, PEM. */
  caCertificate: text,
  namespaces: z.array(dnsLabel),
  storageClasses: z.array(dnsName),
  /**
   * Every image that nodes of the site fetch, for a mirror (environment/images/imagesOf.ts). Outputs of older programs have no such key.
   */
  images: z
    .array(
      z.strictObject({
        image: text,
        digest: imageDigest.optional(),
        usedBy: z.enum(["cluster", "apps", "smoke", "kubeadm"]),
      }),
    )
    .default([]),
});
export type Cluster = z.output<typeof clusterContract>;

/** Output `etcdBackup` of the stack cluster. */
export const etcdBackupContract = z.strictObject({
  /** What backups are encrypted for, PEM. */
  certificate: text,
  /** What opens them, PEM. Secret. */
  privateKey: text,
  /** Hours between two backups of a control plane. */
  everyHours: z.int(),
});
export type EtcdBackupOutput = z.output<typeof etcdBackupContract>;

/** An account of the vCenter that a stack uses, and the age of its password. */
export const vcenterPasswordContract = z.strictObject({
  user: text,
  /** Key of the password in the configuration. */
  key: text,
  /** When the stack first used the present password. */
  since: z.iso.datetime(),
  /** Days for which the vCenter takes a password. Default: for ever. */
  lifetimeDays: z.int().optional(),
});
export type VcenterPassword = z.output<typeof vcenterPasswordContract>;

/** Output `vcenterPasswords` of the stacks infra and cluster. */
export const vcenterPasswordsContract = z.array(vcenterPasswordContract);

/** SHA-256 of a certificate in DER form, as lib/digests/certificateFingerprint.ts writes it. */
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits in lower case");

/** An object of Kubernetes whose controller keeps a number of pods. */
const workload = z.strictObject({
  kind: z.enum(["StatefulSet", "Deployment"]),
  namespace: dnsLabel,
  name: dnsLabel,
});
export type Workload = z.output<typeof workload>;

/** Output `apps` of the stack apps. */
export const appsContract = z.strictObject({
  urls: z.array(
    z.strictObject({
      name: text,
      url: z.url(),
      /** Release of what answers there. */
      version: text,
      /** HTTP status codes of a healthy application: [200], or [401] for one that asks for a password. */
      answers: z.array(z.int()).min(1),
      /** The certificate that its host must serve, if it has one of its own. Default: any certificate of the ingress' CA. */
      certificateSha256: fingerprint.optional(),
      /**
       * Workloads whose pods must be ready: an answer alone may be that of Traefik's own authentication, or of a page beside a
       * database. Stacks of older programs do not say.
       */
      workload: workload.optional(),
    }),
  ),
  /** Certificate of the CA that signed the ingress' certificate, PEM. Default: the site has no ingress. */
  ingressCaCertificate: text.optional(),
  /** Certificates that no URL shows: their owner and the end of their validity. */
  internalCertificates: z.array(
    z.strictObject({ name: text, notAfter: z.iso.datetime({ offset: true }) }),
  ),
  /** Scheduled backups, by the CronJobs backup-<app> and restore-<app> of that namespace. */
  backups: z.array(
    z.strictObject({
      app: dnsLabel,
      namespace: dnsLabel,
      /** Hours after which the newest backup is too old. */
      maximumAgeHours: z.number().positive(),
    }),
  ),
  /** What was written for Traefik into Consul's KV store. Default: the site has no Consul. */
  kvCertificates: z
    .strictObject({
      /** Of Consul's servers. */
      namespace: dnsLabel,
      /** The Job that wrote it. */
      job: dnsLabel,
      /** In the order of their numbers. */
      certificates: z.array(z.strictObject({ host: dnsName, sha256: fingerprint })),
    })
    .optional(),
  /** Addresses whose word on a client's address the running Traefik takes (PROXY protocol). Default: none. */
  proxyProtocolFrom: z.array(ipv4Address).optional(),
  /** The page that shows the cluster, and the account whose token opens it. Default: the site has no dashboard. */
  dashboard: z
    .strictObject({
      namespace: dnsLabel,
      serviceAccount: dnsName,
      url: z.url(),
      /** Seconds a token is valid. */
      tokenSeconds: z.int().min(600),
    })
    .optional(),
});
export type Apps = z.output<typeof appsContract>;

/** The addresses whose word the running Traefik takes, by an output `apps` that may come from an older program, or be missing. */
export function believedProxies(output: unknown): string[] {
  const { proxyProtocolFrom } = appsContract.shape;
  return z.object({ proxyProtocolFrom }).safeParse(output).data?.proxyProtocolFrom ?? [];
}

/** Secret output `credentials` of the stack apps: what was generated for people. `make credentials` prints it. */
export const credentialsContract = z.array(
  z.strictObject({
    /** What it opens, such as "Traefik's dashboard". */
    name: text,
    /** Who it is for; a token has no user. */
    user: text.optional(),
    /** Password or token. */
    secret: text,
  }),
);
export type Credentials = z.output<typeof credentialsContract>;

/** Secret output `backupKeys` of the stack apps: what a restore needs. */
export const backupKeysContract = z.array(
  z.strictObject({
    /** Whose backups. */
    app: dnsLabel,
    /** What opens them, PEM. It is in the state alone. */
    privateKey: text,
    /** Public key that proves who has made them, PEM. */
    signer: text,
  }),
);
export type BackupKey = z.output<typeof backupKeysContract>[number];

/** The three stacks in the order they are brought up; the root project reads all of them. */
export type Project = "infra" | "cluster" | "apps";
