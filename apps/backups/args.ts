import type { types } from "@pulumi/kubernetes";

import type { Environment } from "../../environment/schema";
import type { BackupSpec } from "../../environment/schema/data";

/** How an application is saved and restored. */
export interface BackupArgs {
  /** Name of the application: `make backup APP=<app>`, and the beginning of its backups' names. */
  app: string;
  /** Release of the application; written beside each backup. */
  version: string;
  /** Which site's data it is: kubernetes.clusterName. A backup of another one is not restored. */
  site: string;
  environment: Pick<Environment, "backups" | "stack" | "zones" | "namespaces">;
  namespace: string;
  spec: BackupSpec;
  /** Image with the application's own tools, a POSIX sh and coreutils: no grep, no sed, no find are needed. */
  image: string;
  /** Ending of a backup's name, without the dot: snap, dump. */
  extension: string;
  /** Labels of the task pods, by which policies of the application let them in. */
  labels: Record<string, string>;
  /** What the commands below need: addresses, passwords by secretKeyRef, certificates. */
  env?: types.input.core.v1.EnvVar[];
  volumes?: types.input.core.v1.Volume[];
  volumeMounts?: types.input.core.v1.VolumeMount[];
  /** Whom the task pods call; DNS is open anyway. */
  egress: types.input.networking.v1.NetworkPolicyEgressRule[];
  /**
   * Labels of the pods on whose node the tasks have to run, because they have a volume that one node only may reach. A restore stops them,
   * and may run anywhere then. @default anywhere
   */
  beside?: Record<string, string>;
  /** Laid over hardenedPod: the image's own user. @default 65532:65532 */
  podSecurityContext?: types.input.core.v1.PodSecurityContext;
  /**
   * sh -eu: writes the backup into the file "$FILE". It may write into "$UNPACKED" how many bytes it is when it is restored. A pod's
   * policies take a moment until they let it out: a command that connects to another pod tries again for some seconds.
   */
  save: string;
  /** sh -eu: fails unless "$FILE" is whole and can be restored. It changes nothing and connects to nothing. */
  verify: string;
  /**
   * sh -eu: fails where the application has no room for "$FILE", which is "$UNPACKED" bytes when it is restored; nothing stands there
   * when older programs have saved it. It changes nothing. Called while the application still runs, and again before it is restored.
   * @default there is room
   */
  room?: string;
  /** sh -eu: restores from "$FILE", all or nothing where the application can. Called when all checks have passed. */
  restore: string;
  /** What may not run during a restore, as kind/name: `make restore` stops it before and starts it after. @default [] */
  stops?: string[];
  /** Seconds a save or a restore may take. @default 3600 */
  deadlineSeconds?: number;
}
