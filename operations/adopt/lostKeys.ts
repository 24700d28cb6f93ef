/** Generated secrets that nothing but the state has whole, and what is still possible without them. */
export interface LostKey {
  /** Names of the resources. */
  names: RegExp;
  what: string;
  without: string;
}

/** In the order in which they are missed. Every generated secret of the programs is one of these (tests/unit/operations/adopt). */
export const LOST_KEYS: readonly LostKey[] = [
  {
    names: /^ssh-user$/,
    what: "the SSH key of the machines' administrator",
    without: "a machine is reached at its console in the vCenter alone",
  },
  {
    names: /-host-key$/,
    what: "the machines' SSH host keys",
    without: "no machine can be proved to be this site's, so none can be taken over",
  },
  {
    names: /(?:^|-)encryption-key$/,
    what: "the key that encrypts Secrets in etcd",
    without: "the control planes still have it (/etc/kubernetes); running API servers read Secrets",
  },
  {
    names: /(?:^|-)etcd-backup-(?:key|certificate)$/,
    what: "the key that opens backups of etcd",
    without: "the backups of etcd on the load balancers cannot be opened",
  },
  {
    names: /(?<!(?:^|-)etcd)-backup-(tasks-)?(signing-)?key$/,
    what: "the keys that open and sign backups of applications",
    without:
      "their encrypted backups cannot be opened; new ones are made with new keys, and readable ones of older versions can be restored",
  },
  {
    names: /^consul-secrets-/,
    what: "Consul's CA, certificates, gossip key and tokens",
    without: "Secrets of the cluster have those that servers and clients use, not the CA's key",
  },
  {
    names: /^ingress-ca-/,
    what: "the key of the site's own CA, and the ingress' certificate",
    without:
      "the ingress serves its certificate until that ends; another CA has to be trusted again",
  },
  {
    names: /^confluence-certificate/,
    what: "the certificate of Confluence's public name and its key",
    without: "it is served until it ends",
  },
  {
    names: /-password$/,
    what: "the passwords of databases and pages",
    without: "Secrets of the cluster have them",
  },
  {
    names: /-credentials-edition$/,
    what: "a counter of the cloud provider's credentials",
    without: "nothing is lost: it is made again",
  },
];

/** The same as lines, for an error. */
export function lostKeysText(): string {
  return LOST_KEYS.map(({ what, without }) => `- ${what}: ${without}`).join("\n");
}
