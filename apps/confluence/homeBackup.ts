import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import type { BackupSpec } from "../../environment/schema/data";
import { Backup } from "../backups/backup";
import { folderOf } from "../volumes";
import { HOME_FOLDER } from "./confluenceFiles";
import {
  homeRoomCommands,
  restoreHomeCommands,
  saveHomeCommands,
  verifyHomeCommands,
} from "./homeCommands";
import { CONFLUENCE_SET, CONFLUENCE_UID, HOME_FOLDER_ON_SERVER, LABELS } from "./names";
import { type ConfluenceSettings, HOME_BACKUP } from "./settings";

/** What is saved: the local home of one Confluence. */
export interface HomeBackupArgs {
  environment: Pick<Environment, "backups" | "kubernetes" | "namespaces" | "stack" | "zones">;
  settings: ConfluenceSettings;
  spec: BackupSpec;
  /** Claim of the home's volume. */
  claimName: pulumi.Input<string>;
}

/**
 * Archives of Confluence's local home, with attachments and configuration: `make backup APP=confluence-files`. A backup of its own with a
 * volume of its own, not a part of the database's: only one node may reach the home's volume, and another one that of the database's backups.
 */
export function homeBackup(
  name: string,
  { environment, settings, spec, claimName }: HomeBackupArgs,
  opts?: pulumi.ComponentResourceOptions,
): Backup {
  const { namespace, version, home } = settings;
  const { image, version: tag } = environment.backups;
  return new Backup(
    name,
    {
      app: HOME_BACKUP,
      version,
      site: environment.kubernetes.clusterName,
      environment,
      namespace,
      spec,
      image: `${image}:${tag}`,
      extension: "tar",
      labels: LABELS.homeBackup,
      // Some files are for their owner alone.
      podSecurityContext: { runAsUser: CONFLUENCE_UID, runAsGroup: CONFLUENCE_UID },
      volumes: [{ name: "home", persistentVolumeClaim: { claimName } }],
      volumeMounts: [
        {
          name: "home",
          mountPath: HOME_FOLDER,
          ...folderOf(home, environment.stack, HOME_FOLDER_ON_SERVER),
        },
      ],
      egress: [],
      beside: LABELS.confluence,
      save: saveHomeCommands(),
      verify: verifyHomeCommands(),
      room: homeRoomCommands(),
      restore: restoreHomeCommands(),
      stops: [`statefulset/${CONFLUENCE_SET}`],
    },
    opts,
  );
}
