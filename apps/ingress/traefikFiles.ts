import type { types } from "@pulumi/kubernetes";
import { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import { sha256 } from "../../lib/digests/sha256";
import type { Certificate } from "../certificates/signer";
import { OPERATOR_FOLDER, USERS_FILE } from "./dynamicConfig";
import { CERTIFICATE_FOLDER, CONSUL_FILES, DYNAMIC_FOLDER, HOSTS_FOLDER } from "./traefikConfig";

/** What Traefik's pods read. */
export interface TraefikFilesArgs {
  namespace: string;
  labels: Record<string, string>;
  /** traefik.yml and the file of DYNAMIC_FOLDER. */
  config: { fixed: pulumi.Input<string>; dynamic: pulumi.Input<string> };
  certificate: Certificate;
  /** File of users. */
  users: pulumi.Input<string>;
  /** Certificates of hosts, in the order of their numbers. */
  hostCertificates: readonly Pick<Certificate, "chain" | "privateKey">[];
  /** How Traefik and Consul trust each other, where there is a Consul. */
  consul?: { ca: pulumi.Input<string>; clientCertificate: Certificate } | undefined;
}

type Mount = types.input.core.v1.VolumeMount;
type Volume = types.input.core.v1.Volume;

/** Only the pod's own group reads them. */
const MODE = 0o440;

const STATIC_FILE = "traefik.yml";
const DYNAMIC_FILE = "dynamic.yml";

/**
 * The Secrets with Traefik's files, and how they are mounted. Of these only DYNAMIC_FOLDER is watched, so a hash of each Secret is in the
 * pods' annotations: whatever changes, the pods are replaced one by one.
 */
export class TraefikFiles extends pulumi.ComponentResource {
  readonly args = [`--configFile=/etc/traefik/${STATIC_FILE}`];
  readonly annotations: Record<string, pulumi.Output<string>>;
  readonly volumes: Volume[];
  readonly volumeMounts: Mount[];

  constructor(name: string, args: TraefikFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:TraefikFiles", name, {}, opts);
    const { config, certificate, hostCertificates, users, consul } = args;
    const secret = (part: string, data: Record<string, pulumi.Input<string>>, type?: string) =>
      new Secret(
        `${name}-${part}`,
        {
          metadata: { name: `traefik-${part}`, namespace: args.namespace, labels: args.labels },
          ...(type === undefined ? {} : { type }),
          stringData: data,
        },
        { parent: this },
      );
    const contents: Record<string, Record<string, pulumi.Input<string>>> = {
      config: { [STATIC_FILE]: config.fixed, [DYNAMIC_FILE]: config.dynamic },
      certificate: { "tls.crt": certificate.chain, "tls.key": certificate.privateKey },
      operator: { [USERS_FILE]: users },
      ...(consul === undefined
        ? {}
        : {
            consul: {
              "ca.crt": consul.ca,
              "tls.crt": consul.clientCertificate.chain,
              "tls.key": consul.clientCertificate.privateKey,
            },
          }),
      ...(hostCertificates.length === 0
        ? {}
        : {
            hosts: Object.fromEntries(
              hostCertificates.flatMap(({ chain, privateKey }, number) => [
                [`${number}.crt`, chain],
                [`${number}.key`, privateKey],
              ]),
            ) as Record<string, pulumi.Input<string>>,
          }),
    };
    const types: Record<string, string> = {
      certificate: "kubernetes.io/tls",
      consul: "kubernetes.io/tls",
    };
    const secrets = Object.entries(contents).map(
      ([part, data]) => [part, secret(part, data, types[part])] as const,
    );
    this.annotations = Object.fromEntries(
      Object.entries(contents).map(([part, data]) => [
        `sitewright/${part}`,
        // The hash of an unguessable value is no secret.
        pulumi.unsecret(pulumi.all(Object.values(data)).apply((texts) => sha256(...texts))),
      ]),
    );
    this.volumes = [
      ...secrets.map(([part, { metadata }]) => ({
        name: part,
        secret: { secretName: metadata.name, defaultMode: MODE },
      })),
      {
        name: "dynamic",
        secret: {
          secretName: secrets[0][1].metadata.name,
          defaultMode: MODE,
          items: [{ key: DYNAMIC_FILE, path: DYNAMIC_FILE }],
        },
      },
    ];
    const folder = (part: string, mountPath: string): Mount => ({
      name: part,
      mountPath,
      readOnly: true,
    });
    this.volumeMounts = [
      { ...folder("config", `/etc/traefik/${STATIC_FILE}`), subPath: STATIC_FILE },
      folder("dynamic", DYNAMIC_FOLDER),
      folder("certificate", CERTIFICATE_FOLDER),
      folder("operator", OPERATOR_FOLDER),
      ...(consul === undefined ? [] : [folder("consul", CONSUL_FILES.folder)]),
      ...(hostCertificates.length === 0 ? [] : [folder("hosts", HOSTS_FOLDER)]),
    ];
    this.registerOutputs({});
  }
}
