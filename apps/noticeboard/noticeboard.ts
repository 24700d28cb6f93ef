import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { types } from "@pulumi/kubernetes";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";

import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import { fromPods } from "../../kubernetes/networkPolicies";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { checkout } from "../../lib/paths";
import { sha256 } from "../../lib/digests/sha256";
import { Backup } from "../backups/backup";
import { Route } from "../ingress/route";
import type { Traefik } from "../ingress/traefik";
import { placement } from "../pods";
import { claim, folderOf } from "../volumes";
import { type NoticeboardSettings, RESOURCES } from "./settings";

/** Where the noticeboard runs and by whom it is reached. */
export interface NoticeboardArgs {
  environment: Pick<Environment, "backups" | "kubernetes" | "namespaces" | "stack" | "zones">;
  settings: NoticeboardSettings;
  ingress: Traefik;
}

const NAME = "noticeboard";
const LABELS = { app: NAME };
const BACKUP_LABELS = { app: `${NAME}-backup` };
const PORT = 8080;
const USER = "operator";
const PROGRAMS = "/etc/noticeboard/programs";
/** Name and password in a file each: an environment is seen by more than who reads it. */
const LOGIN = "/etc/noticeboard/login";

/** The page itself and the client of its backups (board.php, client.php). */
const programs = Object.fromEntries(
  ["board.php", "client.php"].map((name) => [
    name,
    readFileSync(join(checkout, "apps", "noticeboard", name), "utf8"),
  ]),
);

/** A page on which operators leave notices for each other, behind a generated password. */
export class Noticeboard extends pulumi.ComponentResource {
  /** Where it answers. Known when it does. */
  readonly url: pulumi.Output<string>;
  /** What keeps its pod. */
  readonly workload: Workload;
  readonly user = USER;
  /** Secret. */
  readonly password: pulumi.Output<string>;
  /** What saves and restores it. */
  readonly backup: Backup;

  constructor(
    name: string,
    private readonly args: NoticeboardArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:Noticeboard", name, {}, opts);
    const own = { parent: this };
    const { settings, ingress } = args;
    const { namespace, host } = settings;
    const metadata = { name: NAME, namespace, labels: LABELS };
    this.workload = { kind: "StatefulSet", namespace, name: NAME };

    const { result } = new RandomPassword(
      `${name}-password`,
      {
        length: 32,
        special: false,
        keepers: { generation: `${settings.passwordGeneration}` },
      },
      own,
    );
    this.password = pulumi.secret(result);
    const secret = new Secret(
      `${name}-secret`,
      { metadata, stringData: { user: USER, password: this.password } },
      own,
    );
    const config = new ConfigMap(`${name}-programs`, { metadata, data: programs }, own);
    const policy = new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: LABELS },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            fromPods(ingress, PORT),
            { from: [{ podSelector: { matchLabels: BACKUP_LABELS } }], ports: [{ port: PORT }] },
          ],
          // It opens no connections.
          egress: [],
        },
      },
      own,
    );
    const files = { secretName: secret.metadata.name, configMapName: config.metadata.name };
    const pods = this.pods(name, files, { ...own, dependsOn: policy });
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: { selector: LABELS, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      { ...own, dependsOn: pods },
    );
    const route = new Route(
      name,
      {
        ...{ ingress, namespace, hosts: [host], service: NAME, port: 80, labels: LABELS },
        after: [service],
      },
      own,
    );
    this.url = route.url;
    this.backup = this.backups(name, files, own);
    this.registerOutputs({ url: this.url });
  }

  /** One pod: the next one starts when the API knows that the one before is gone, so the file never has two writers. */
  private pods(name: string, files: Files, opts: pulumi.CustomResourceOptions): StatefulSet {
    const { environment, settings } = this.args;
    const { namespace, image, version, data } = settings;
    const metadata = { name: NAME, namespace, labels: LABELS };
    const volume = claim(
      `${name}-data`,
      { metadata: { ...metadata, name: `pvc-${NAME}` }, spec: data },
      { parent: this },
    );
    const health = { httpGet: { path: "/health", port: "http" } };
    return new StatefulSet(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas: 1,
          serviceName: NAME,
          podManagementPolicy: "Parallel",
          selector: { matchLabels: LABELS },
          template: {
            metadata: {
              labels: LABELS,
              annotations: {
                "sitewright/programs": sha256(...Object.values(programs)),
                // The hash of 32 random characters reveals nothing.
                "sitewright/secret": pulumi.unsecret(this.password.apply((text) => sha256(text))),
              },
            },
            spec: {
              ...placement(environment, namespace, LABELS),
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: {
                ...hardenedPod,
                fsGroup: hardenedPod.runAsGroup,
                fsGroupChangePolicy: "OnRootMismatch",
              },
              containers: [
                {
                  name: NAME,
                  image: `${image}:${version}`,
                  command: ["php", "-S", `[::]:${PORT}`, `${PROGRAMS}/board.php`],
                  ports: [{ name: "http", containerPort: PORT }],
                  resources: RESOURCES,
                  securityContext: hardenedContainer,
                  readinessProbe: { ...health, periodSeconds: 5 },
                  livenessProbe: { tcpSocket: { port: "http" }, periodSeconds: 20 },
                  volumeMounts: [
                    {
                      name: "data",
                      mountPath: "/data",
                      ...folderOf(data, environment.stack, `${NAME}-data`),
                    },
                    ...mounts,
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: volume.metadata.name } },
                ...volumesOf(files),
                { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
              ],
            },
          },
        },
      },
      opts,
    );
  }

  private backups(name: string, files: Files, own: pulumi.ComponentResourceOptions): Backup {
    const { environment, settings } = this.args;
    const { namespace, image, version, backup: spec } = settings;
    const client = (command: string) => `php ${PROGRAMS}/client.php ${command} "$FILE"`;
    return new Backup(
      `${name}-backup`,
      {
        app: NAME,
        version,
        site: environment.kubernetes.clusterName,
        environment,
        namespace,
        spec,
        image: `${image}:${version}`,
        extension: "notices",
        labels: BACKUP_LABELS,
        env: [{ name: "BOARD_URL", value: `http://${NAME}` }],
        volumes: volumesOf(files),
        volumeMounts: mounts,
        egress: [{ to: [{ podSelector: { matchLabels: LABELS } }], ports: [{ port: PORT }] }],
        save: client("get"),
        verify: client("check"),
        restore: client("put"),
      },
      own,
    );
  }
}

/** What its pods and tasks read. */
interface Files {
  secretName: pulumi.Output<string>;
  configMapName: pulumi.Output<string>;
}

function volumesOf({ secretName, configMapName }: Files): types.input.core.v1.Volume[] {
  return [
    { name: "login", secret: { secretName, defaultMode: 0o440 } },
    { name: "programs", configMap: { name: configMapName } },
  ];
}

const mounts: types.input.core.v1.VolumeMount[] = [
  { name: "login", mountPath: LOGIN, readOnly: true },
  { name: "programs", mountPath: PROGRAMS, readOnly: true },
];
