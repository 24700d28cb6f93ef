import type { types } from "@pulumi/kubernetes";
import { Job } from "@pulumi/kubernetes/batch/v1";
import type { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import { JOB_RESOURCES } from "../../environment/applications/workloads";
import { withDigest } from "../../environment/images/lock";
import type { Environment } from "../../environment/schema";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { script } from "../../lib/bash";
import { sha256 } from "../../lib/digests/sha256";
import { placement } from "../pods";
import { TLS_FILES } from "./consulConfig";
import { clientsEndpoint, podSecurity, SECRET_MODE, TASK_LABELS } from "./consulNames";
import { pollPosix } from "./consulScripts";
import { consulImage, type ConsulSettings } from "./settings";

const TLS_FOLDER = "/consul/tls";
const TOKEN_FOLDER = "/consul/token";

/** The credentials that a pod presents to the servers. */
export interface Credentials {
  /** Client certificate and CA, as consulSecrets.ts has it. */
  tls: Secret;
  /** The token's Secret and key. */
  token: Secret;
  tokenKey: string;
}

/** Environment, volumes and mounts by which Consul's program finds the servers and proves who it is. */
export function client(namespace: string, { tls, token, tokenKey }: Credentials) {
  return {
    env: [
      { name: "CONSUL_HTTP_ADDR", value: `https://${clientsEndpoint(namespace)}` },
      { name: "CONSUL_CACERT", value: `${TLS_FOLDER}/${TLS_FILES.ca}` },
      { name: "CONSUL_CLIENT_CERT", value: `${TLS_FOLDER}/${TLS_FILES.certificate}` },
      { name: "CONSUL_CLIENT_KEY", value: `${TLS_FOLDER}/${TLS_FILES.key}` },
      { name: "CONSUL_HTTP_TOKEN_FILE", value: `${TOKEN_FOLDER}/token` },
    ],
    volumes: [
      secretVolume("tls", tls),
      secretVolume("token", token, [{ key: tokenKey, path: "token" }]),
    ],
    volumeMounts: [
      { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
      { name: "token", mountPath: TOKEN_FOLDER, readOnly: true },
    ],
  };
}

/** A volume of a Secret, all of it or some keys. */
export function secretVolume(
  name: string,
  secret: Secret,
  items?: types.input.core.v1.KeyToPath[],
): types.input.core.v1.Volume {
  return {
    name,
    secret: {
      secretName: secret.metadata.name,
      defaultMode: SECRET_MODE,
      ...(items === undefined ? {} : { items }),
    },
  };
}

/**
 * Waits until the files are those of this update. A kubelet with other pods of the same Secret may still have the one before,
 * and a task that took the old content would end well and have changed nothing.
 */
function waitForInput(folder: string, names: readonly string[]): string {
  if (names.length === 0) {
    return "";
  }
  const files = names.map((name) => `${folder}/${name}`).join(" ");
  return script(
    'current() { [ "$(cat "$@" | sha256sum)" = "$INPUT_SHA256  -" ]; }',
    pollPosix({
      what: "The mounted files are those of this update",
      command: `current ${files}`,
      deadlineSeconds: 180,
    }),
  );
}

/** What is done once for each content. */
export interface TaskArgs {
  environment: Pick<Environment, "namespaces" | "zones" | "imageLock">;
  settings: ConsulSettings;
  /** Begins the Job's name. */
  job: string;
  credentials: Credentials;
  script: string;
  /** What the script hands to Consul. Like another script, other content is a reason to do it again. */
  input: {
    /** Has a key for each of the files. */
    secret: Secret;
    /** Where the script finds them. */
    folder: string;
    /** Content by name. */
    files: Record<string, pulumi.Input<string>>;
  };
}

/** A Job cannot be changed, so its name carries a hash of what it does: another content is another Job, and the old one goes. */
export class Task extends pulumi.ComponentResource {
  /** Name of the Job. */
  readonly job: pulumi.Output<string>;

  constructor(name: string, args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:ConsulTask", name, {}, opts);
    const { environment, settings: consul, input } = args;
    const { namespace } = consul;
    // Tasks come alone, so there is nothing to spread.
    const { nodeSelector, tolerations } = placement(environment, namespace, TASK_LABELS);
    const connection = client(namespace, args.credentials);
    const names = Object.keys(input.files);
    const content = pulumi
      .unsecret(pulumi.all(Object.values(input.files)))
      .apply((texts) => sha256(...texts));
    const text = script(waitForInput(input.folder, names), args.script);
    // By its digest, if it has one: another one is another Job.
    const image = withDigest(consulImage(consul), environment.imageLock);
    const hash = content.apply((sum) => sha256(image, text, sum).slice(0, 8));
    this.job = pulumi.interpolate`${args.job}-${hash}`;
    new Job(
      `${name}-job`,
      {
        metadata: {
          name: this.job,
          namespace,
          labels: TASK_LABELS,
          // The next `up` replaces a Job that has failed, instead of failing for ever.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: {
          // The pods of failed attempts stay, with their logs.
          backoffLimit: 4,
          activeDeadlineSeconds: 540,
          template: {
            metadata: { labels: TASK_LABELS },
            spec: {
              nodeSelector,
              ...(tolerations === undefined ? {} : { tolerations }),
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: { ...hardenedPod, ...podSecurity },
              containers: [
                {
                  name: "task",
                  image,
                  command: ["/bin/sh", "-eu", "-c", text],
                  env: [...connection.env, { name: "INPUT_SHA256", value: content }],
                  resources: JOB_RESOURCES,
                  securityContext: hardenedContainer,
                  volumeMounts: [
                    ...connection.volumeMounts,
                    { name: "input", mountPath: input.folder, readOnly: true },
                  ],
                },
              ],
              volumes: [
                ...connection.volumes,
                secretVolume(
                  "input",
                  input.secret,
                  names.map((key) => ({ key, path: key })),
                ),
              ],
            },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
