import * as pulumi from "@pulumi/pulumi";

import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import type { Peer } from "../../kubernetes/networkPolicies";
import type { Backup } from "../backups/backup";
import type { Certificate } from "../certificates/signer";
import { accessScript } from "./aclScript";
import { consulBackup } from "./consulBackup";
import type { Expiry } from "./consulCertificates";
import { clientsEndpoint, SERVER_LABELS } from "./consulNames";
import { consulPolicies } from "./consulPolicies";
import { TASK_FOLDERS } from "./consulScripts";
import { ConsulSecrets } from "./consulSecrets";
import { ConsulServers } from "./consulServers";
import { Task } from "./consulTask";
import { gossipScript } from "./gossipScript";
import { KvCertificates } from "./kvCertificates";
import type { ConsulSettings } from "./settings";

/** Where Consul runs and who calls it. */
export interface ConsulArgs {
  environment: Pick<
    Environment,
    "backups" | "imageLock" | "stack" | "kubernetes" | "namespaces" | "zones"
  >;
  settings: ConsulSettings;
  /** Pods that reach the servers' HTTPS beside our own tasks; what they may do there, their token says. */
  clients: Peer[];
  /** These certificates, and no others, are kept where Traefik reads them. In the order of their numbers. */
  certificates: readonly Pick<Certificate, "chain" | "privateKey">[];
}

/**
 * Consul with its KV store: servers that elect a leader, their TLS, ACLs and gossip encryption, and backups. Everything about
 * it is closed until it is opened: ACLs deny, NetworkPolicies deny, plain HTTP is off.
 */
export class Consul extends pulumi.ComponentResource {
  /** Namespace of the servers, for policies of those who call them. */
  readonly namespace: string;
  /** Labels of the servers' pods, for the same. */
  readonly podLabels = SERVER_LABELS;
  /** Where the servers answer by HTTPS, in the cluster: host:port. Their certificate is good for the host. */
  readonly endpoint: string;
  /** Certificate of the CA of servers and clients, PEM. */
  readonly ca: pulumi.Output<string>;
  /** Client certificate that Traefik presents to Consul. */
  readonly clientCertificate: Certificate;
  /** May read below traefik/. Secret. */
  readonly traefikToken: pulumi.Output<string>;
  /** May read all but private keys, for the UI. Secret. */
  readonly uiToken: pulumi.Output<string>;
  /** Depend on it to begin when the servers are up and tokens are good. */
  readonly ready: pulumi.Resource;
  /** Its backups. */
  readonly backup: Backup;
  /** When its own certificates expire, which no URL shows. */
  readonly expiries: Expiry[];
  /** The certificates in the KV store that Traefik reads. */
  readonly kvCertificates: KvCertificates;
  /** The workload that runs the servers' pods. */
  readonly workload: Workload;

  constructor(name: string, args: ConsulArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Consul", name, {}, opts);
    const own = { parent: this };
    const { environment, settings: consul, clients, certificates } = args;
    const { namespace } = consul;

    const secrets = new ConsulSecrets(`${name}-secrets`, { consul }, own);
    const policies = consulPolicies(name, { namespace, clients }, own);
    // Without the policies the first servers would not find each other.
    const servers = new ConsulServers(
      `${name}-servers`,
      { environment, settings: consul, secrets },
      { ...own, dependsOn: policies },
    );

    const tls = secrets.taskTls;
    const management = { tls, token: secrets.taskTokens, tokenKey: "management" };
    const access = new Task(
      `${name}-access`,
      {
        environment,
        settings: consul,
        job: "consul-access",
        credentials: management,
        script: accessScript(consul),
        input: {
          secret: secrets.taskTokens,
          folder: TASK_FOLDERS.access,
          files: secrets.tokens.files,
        },
      },
      { ...own, dependsOn: servers },
    );
    // One after the other: the namespace's quota has room for one task beside a backup.
    const gossip = new Task(
      `${name}-gossip`,
      {
        environment,
        settings: consul,
        job: "consul-gossip",
        credentials: management,
        script: gossipScript(consul),
        input: {
          secret: secrets.gossip,
          folder: TASK_FOLDERS.gossip,
          files: { key: secrets.gossipKey },
        },
      },
      { ...own, dependsOn: access },
    );
    this.backup = consulBackup(
      `${name}-backup`,
      { environment, settings: consul, secrets, certificates: certificates.length },
      { ...own, dependsOn: servers },
    );
    this.kvCertificates = new KvCertificates(
      `${name}-kv-certificates`,
      {
        environment,
        settings: consul,
        credentials: { tls, token: secrets.taskTokens, tokenKey: "kv-writer" },
        certificates,
      },
      { ...own, dependsOn: gossip },
    );

    this.namespace = namespace;
    this.workload = servers.workload;
    this.endpoint = clientsEndpoint(namespace);
    this.ca = secrets.certificates.ca;
    this.clientCertificate = secrets.certificates.traefikClient;
    this.expiries = secrets.certificates.expiries;
    this.traefikToken = secrets.tokens.get("traefik").secret;
    this.uiToken = secrets.tokens.get("ui").secret;
    this.ready = gossip;
    this.registerOutputs({ endpoint: this.endpoint });
  }
}
