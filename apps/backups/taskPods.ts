import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { backupResources } from "../../environment/applications/workloads";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { BACKUP_LABEL, KEY_VOLUME } from "../../kubernetes/taskLabels";
import { placement } from "../pods";
import { folderOf } from "../volumes";
import type { BackupArgs } from "./args";
import { BACKUP_FOLDER, KEY_FOLDER, SCRIPT_FOLDER, SIGNING_FOLDER, WORK_FOLDER } from "./scripts";

type Container = types.input.core.v1.Container;
type Volume = types.input.core.v1.Volume;

/** Names of the objects that the tasks of an application mount. */
export interface TaskFiles {
  /** Claim of the backups' volume. */
  claimName: pulumi.Input<string>;
  /** ConfigMap with the scripts and public keys. */
  configMapName: pulumi.Input<string>;
  /** Secret with what signs. */
  signingName: pulumi.Input<string>;
}

/** Mode of mounted keys: readable only for their owner and the pod's group. */
const KEY_MODE = 0o440;

/** The pod that saves: the application's container never sees the volume, and the one that encrypts never the application. */
export function savePod(args: BackupArgs, files: TaskFiles): types.input.core.v1.PodTemplateSpec {
  const { app, labels } = args;
  const signing = { name: "signing", mountPath: SIGNING_FOLDER, readOnly: true };
  return taskPod(args, files, {
    affinity: (term) => ({ requiredDuringSchedulingIgnoredDuringExecution: [term] }),
    // `make status` reads in its pods how many backups are not encrypted yet.
    labels: { ...labels, [BACKUP_LABEL]: app },
    initContainers: [volumeContainer(args, "prepare"), appContainer(args, "save")],
    containers: [volumeContainer(args, "encrypt", signing)],
    volumes: [
      { name: "signing", secret: { secretName: files.signingName, defaultMode: KEY_MODE } },
    ],
  });
}

/** The pod that restores. The Secret with its keys is made for each Job (operations/backups/taskJob.ts), and there is none of this name. */
export function restorePod(
  args: BackupArgs,
  files: TaskFiles,
): types.input.core.v1.PodTemplateSpec {
  const keys = { name: KEY_VOLUME, mountPath: KEY_FOLDER, readOnly: true };
  return taskPod(args, files, {
    affinity: (podAffinityTerm) => ({
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }],
    }),
    labels: args.labels,
    initContainers: [volumeContainer(args, "decrypt", keys)],
    containers: [appContainer(args, "restore")],
    volumes: [
      {
        name: KEY_VOLUME,
        secret: { secretName: `restore-${args.app}-keys`, defaultMode: KEY_MODE },
      },
    ],
  });
}

/** What the pods of all tasks have in common. */
function taskPod(
  { beside, environment, namespace, labels, podSecurityContext, spec, volumes = [] }: BackupArgs,
  files: TaskFiles,
  own: {
    affinity: (term: types.input.core.v1.PodAffinityTerm) => types.input.core.v1.PodAffinity;
    labels: Record<string, string>;
    initContainers: Container[];
    containers: Container[];
    volumes: Volume[];
  },
): types.input.core.v1.PodTemplateSpec {
  // No spread: tasks follow the volume, which may be on one node only.
  const { nodeSelector, tolerations } = placement(environment, namespace, labels);
  const security = { ...hardenedPod, ...podSecurityContext };
  return {
    metadata: { labels: own.labels },
    spec: {
      nodeSelector,
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(beside === undefined
        ? {}
        : {
            affinity: {
              podAffinity: own.affinity({
                topologyKey: "kubernetes.io/hostname",
                labelSelector: { matchLabels: beside },
              }),
            },
          }),
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        // So that the volume can be written to; once is enough, and a backup stays its owner's alone.
        fsGroup: security.runAsGroup,
        fsGroupChangePolicy: "OnRootMismatch",
        ...security,
      },
      initContainers: own.initContainers,
      containers: own.containers,
      volumes: [
        { name: "backups", persistentVolumeClaim: { claimName: files.claimName } },
        { name: "scripts", configMap: { name: files.configMapName } },
        { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
        // On the node's disk, as the application's own data on a local volume, and emptied when the pod ends. In memory it would
        // count as the containers', whose limit is far below a dump.
        { name: "work", emptyDir: { sizeLimit: spec.volume.size } },
        ...own.volumes,
        ...volumes,
      ],
    },
  };
}

/** A container with the application's own tools. */
function appContainer(args: BackupArgs, script: string): Container {
  return container(script, {
    image: args.image,
    size: args.spec.volume.size,
    env: args.env ?? [],
    volumeMounts: args.volumeMounts ?? [],
  });
}

/** A container that has the backups' volume, and openssl. */
function volumeContainer(
  { app, environment, spec }: BackupArgs,
  script: string,
  ...mounts: types.input.core.v1.VolumeMount[]
): Container {
  const { image, version } = environment.backups;
  const backups = {
    name: "backups",
    mountPath: BACKUP_FOLDER,
    ...folderOf(spec.volume, environment.stack, app),
  };
  return container(script, {
    image: `${image}:${version}`,
    size: spec.volume.size,
    env: [],
    volumeMounts: [backups, ...mounts],
  });
}

function container(
  script: string,
  {
    image,
    size,
    env,
    volumeMounts,
  }: {
    image: string;
    size: string;
    env: types.input.core.v1.EnvVar[];
    volumeMounts: types.input.core.v1.VolumeMount[];
  },
): Container {
  return {
    name: script,
    image,
    command: ["/bin/sh", `${SCRIPT_FOLDER}/${script}.sh`],
    workingDir: "/tmp",
    env: [{ name: "HOME", value: "/tmp" }, ...env],
    resources: backupResources(size),
    securityContext: hardenedContainer,
    volumeMounts: [
      { name: "scripts", mountPath: SCRIPT_FOLDER, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      { name: "work", mountPath: WORK_FOLDER },
      ...volumeMounts,
    ],
  };
}
