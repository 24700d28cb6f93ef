import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { Backup } from "../backups/backup";
import { restoreCommands, roomCommands, saveCommands, verifyCommands } from "./backupCommands";
import type { Database } from "./database";
import { CONFLUENCE_SET, DATABASE_SERVICE, LABELS, PORTS } from "./names";
import { type ConfluenceSettings, postgresImage } from "./settings";

/** What is saved: the database of one Confluence. */
export interface ConfluenceBackupArgs {
  environment: Pick<Environment, "backups" | "kubernetes" | "namespaces" | "stack" | "zones">;
  settings: ConfluenceSettings;
  database: Database;
}

/**
 * Dumps of Confluence's database: `make backup APP=confluence`, `make restore APP=confluence FROM=…`.
 *
 * Not the local home with its attachments, which has backups of its own (homeBackup.ts).
 */
export class ConfluenceBackup extends pulumi.ComponentResource {
  /** What saves and restores it. */
  readonly tasks: Backup;

  constructor(name: string, args: ConfluenceBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:ConfluenceBackup", name, {}, opts);
    const { environment, settings, database } = args;
    const { namespace, version, backup: spec, database: postgres } = settings;
    this.tasks = new Backup(
      `${name}-tasks`,
      {
        app: "confluence",
        version,
        site: environment.kubernetes.clusterName,
        environment,
        namespace,
        spec,
        image: postgresImage(postgres),
        extension: "dump",
        labels: LABELS.backup,
        env: [
          { name: "PGHOST", value: DATABASE_SERVICE },
          // The administrator's: it makes and renames databases. It is the one a restore has to connect to.
          { name: "PGDATABASE", value: "postgres" },
          { name: "PGCONNECT_TIMEOUT", value: "5" },
          ...Object.entries({ PGUSER: "POSTGRES_USER", PGPASSWORD: "POSTGRES_PASSWORD" }).map(
            ([variable, key]) => ({
              name: variable,
              valueFrom: { secretKeyRef: { name: database.secretName, key } },
            }),
          ),
        ],
        egress: [
          {
            to: [{ podSelector: { matchLabels: LABELS.database } }],
            ports: [{ port: PORTS.postgres }],
          },
        ],
        save: saveCommands(),
        verify: verifyCommands(),
        room: roomCommands(),
        restore: restoreCommands(),
        // It would keep what it has read of the database that is no more.
        stops: [`statefulset/${CONFLUENCE_SET}`],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
