import { CronJob } from "@pulumi/kubernetes/batch/v1";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Apps, BackupKey } from "../../environment/contracts";
import { mebibytes } from "../../environment/schema/quantities";
import { BACKUP_LABEL, RESTORE_LABEL, STOPS_ANNOTATION } from "../../kubernetes/taskLabels";
import { claim } from "../volumes";
import type { BackupArgs } from "./args";
import { backupKeys } from "./backupKeys";
import { longestGapHours } from "./schedule";
import { backupScripts } from "./scripts";
import { restorePod, savePod } from "./taskPods";

/** Seconds; a dump of a Confluence of some ten gigabytes included. */
const DEADLINE = 3600;

/**
 * Saves an application by the clock, encrypted and signed, and is what `make backup`, `make backups` and `make restore` work with: the CronJob
 * backup-<app>, and the CronJob restore-<app>, which never runs by itself and is the template of a restore's Job.
 */
export class Backup extends pulumi.ComponentResource {
  /** What the stack says of it, for `make` and `make status`: part of the contract `apps`. */
  readonly summary: Apps["backups"][number];
  /** What a restore needs: part of the contract `backupKeys`. Secret. */
  readonly key: pulumi.Output<BackupKey>;

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
    const keys = backupKeys(name, { app, namespace, labels }, own);
    this.key = keys.output;
    const { keep, keepDays } = spec;
    const limit = mebibytes(spec.volume.size) * 1024 * 1024;
    const scripts = new ConfigMap(
      `${name}-scripts`,
      {
        metadata,
        data: {
          ...backupScripts({ ...args, keep, keepDays, limit, deadlineSeconds }),
          "recipient.pem": keys.recipient,
          "signer.pem": keys.signer,
        },
      },
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

    const files = {
      claimName: volume.metadata.name,
      configMapName: scripts.metadata.name,
      signingName: keys.signing.metadata.name,
    };
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
              template: savePod(args, files),
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
              template: restorePod(args, files),
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
