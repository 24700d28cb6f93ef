import type { types } from "@pulumi/kubernetes";
import { CronJob } from "@pulumi/kubernetes/batch/v1";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import { TASK_RESOURCES } from "../../environment/applications/workloads";
import type { Apps } from "../../environment/contracts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { BACKUP_LABEL, RESTORE_LABEL, STOPS_ANNOTATION } from "../../kubernetes/taskLabels";
import { placement } from "../pods";
import { claim, folderOf } from "../volumes";
import type { BackupArgs } from "./args";
import { longestGapHours } from "./schedule";
import { BACKUP_FOLDER, backupScripts, SCRIPT_FOLDER } from "./scripts";

/** Seconds; a dump of a Confluence of some ten gigabytes included. */
const DEADLINE = 3600;

/**
 * Saves an application by the clock, and is what `make backup`, `make backups` and `make restore` work with: the CronJob
 * backup-<app>, and the CronJob restore-<app>, which never runs by itself and is the template of a restore's Job.
 */
export class Backup extends pulumi.ComponentResource {
  /** What the stack says of it, for `make` and `make status`: part of the contract `apps`. */
  readonly summary: Apps["backups"][number];

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Backup", name, {}, opts);
    const own = { parent: this };
    const { app, namespace, spec, labels, deadlineSeconds = DEADLINE } = args;
    const metadata = { name: `backup-${app}`, namespace, labels };

    const volume = claim(
      `${name}-volume`,
      { metadata: { ...metadata, name: `pvc-backup-${app}` }, spec: spec.volume },
      own,
    );
    const scripts = new ConfigMap(
      `${name}-scripts`,
      { metadata, data: backupScripts({ ...args, keep: spec.keep, deadlineSeconds }) },
      own,
    );
    const policy = new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [],
          egress: args.egress,
        },
      },
      own,
    );

    const pod = taskPod(args, {
      claimName: volume.metadata.name,
      configMapName: scripts.metadata.name,
    });
    const tasks = { ...own, dependsOn: policy };
    new CronJob(
      `${name}-save`,
      {
        metadata: { ...metadata, labels: { ...labels, [BACKUP_LABEL]: app } },
        spec: {
          ...clock,
          schedule: spec.schedule,
          jobTemplate: {
            metadata: { labels: { ...labels, [BACKUP_LABEL]: app } },
            spec: {
              // A container that is still being let through to the network is tried again.
              backoffLimit: 2,
              activeDeadlineSeconds: deadlineSeconds,
              template: pod("save"),
            },
          },
        },
      },
      tasks,
    );
    new CronJob(
      `${name}-restore`,
      {
        metadata: {
          ...metadata,
          name: `restore-${app}`,
          labels: { ...labels, [RESTORE_LABEL]: app },
          annotations: { [STOPS_ANNOTATION]: (args.stops ?? []).join(",") },
        },
        spec: {
          ...clock,
          suspend: true,
          // The API requires a schedule, although it is never used: the first of January.
          schedule: "0 0 1 1 *",
          jobTemplate: {
            metadata: { labels: { ...labels, [RESTORE_LABEL]: app } },
            spec: {
              // What a restore has left half done is for a person to look at.
              backoffLimit: 0,
              activeDeadlineSeconds: deadlineSeconds,
              ttlSecondsAfterFinished: 86_400,
              template: pod("restore"),
            },
          },
        },
      },
      tasks,
    );
    // One run may fail or take long before an operator has to look.
    this.summary = { app, namespace, maximumAgeHours: 2 * longestGapHours(spec.schedule) };
    this.registerOutputs({ summary: this.summary });
  }
}

const clock = {
  timeZone: "Etc/UTC",
  concurrencyPolicy: "Forbid",
  // A controller that was away makes up for a run it has missed within the last half hour, and for no older one.
  startingDeadlineSeconds: 1800,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 3,
};

/** The pod of every task; what it does is the name of its script. */
function taskPod(
  args: BackupArgs,
  files: { claimName: pulumi.Input<string>; configMapName: pulumi.Input<string> },
): (task: string) => types.input.core.v1.PodTemplateSpec {
  const { app, environment, namespace, labels, spec } = args;
  // No spread: tasks follow the volume, which may be on one node only.
  const { nodeSelector, tolerations } = placement(environment, namespace, labels);
  const security = { ...hardenedPod, ...args.podSecurityContext };
  return (task) => ({
    metadata: { labels },
    spec: {
      nodeSelector,
      ...(tolerations === undefined ? {} : { tolerations }),
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        // So that the volume can be written to; once is enough, and a backup stays its owner's alone.
        fsGroup: security.runAsGroup,
        fsGroupChangePolicy: "OnRootMismatch",
        ...security,
      },
      containers: [
        {
          name: "task",
          image: args.image,
          command: ["/bin/sh", `${SCRIPT_FOLDER}/${task}.sh`],
          workingDir: "/tmp",
          env: [{ name: "HOME", value: "/tmp" }, ...(args.env ?? [])],
          resources: TASK_RESOURCES,
          securityContext: hardenedContainer,
          volumeMounts: [
            {
              name: "backups",
              mountPath: BACKUP_FOLDER,
              ...folderOf(spec.volume, environment.stack, app),
            },
            { name: "scripts", mountPath: SCRIPT_FOLDER, readOnly: true },
            { name: "tmp", mountPath: "/tmp" },
            ...(args.volumeMounts ?? []),
          ],
        },
      ],
      volumes: [
        { name: "backups", persistentVolumeClaim: { claimName: files.claimName } },
        { name: "scripts", configMap: { name: files.configMapName } },
        { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
        ...(args.volumes ?? []),
      ],
    },
  });
}
