import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { Backup } from "../backups/backup";
import { BACKUP_LABELS, KV_CERTIFICATES, podSecurity, SECRET_MODE } from "./consulNames";
import { toServers } from "./consulPolicies";
import { pollPosix, TASK_FOLDERS } from "./consulScripts";
import type { ConsulSecrets } from "./consulSecrets";
import { client, secretVolume } from "./consulTask";
import { restoreScript } from "./restoreScript";
import { consulImage, type ConsulSettings } from "./settings";

/** Whose KV store is saved. */
export interface ConsulBackupArgs {
  environment: Pick<Environment, "backups" | "stack" | "kubernetes" | "namespaces" | "zones">;
  settings: ConsulSettings;
  secrets: ConsulSecrets;
  /** How many certificates there are in the Secret KV_CERTIFICATES. */
  certificates: number;
}

/** Snapshots of all of Consul: KV store, ACLs, catalog. */
export function consulBackup(
  name: string,
  { environment, settings: consul, secrets, certificates }: ConsulBackupArgs,
  opts: pulumi.ComponentResourceOptions,
): Backup {
  const { env, volumes, volumeMounts } = client(consul.namespace, {
    tls: secrets.taskTls,
    token: secrets.taskTokens,
    // No lesser one may save: see consulAccess.ts.
    tokenKey: "management",
  });
  return new Backup(
    name,
    {
      app: "consul",
      version: consul.version,
      site: environment.kubernetes.clusterName,
      environment,
      namespace: consul.namespace,
      spec: consul.backup,
      image: consulImage(consul),
      extension: "snap",
      labels: BACKUP_LABELS,
      env,
      volumes: [
        ...volumes,
        secretVolume("access", secrets.taskTokens),
        {
          name: "certificates",
          // It is made when Consul is ready, and a backup does not need it.
          secret: { secretName: KV_CERTIFICATES, defaultMode: SECRET_MODE, optional: true },
        },
      ],
      volumeMounts: [
        ...volumeMounts,
        { name: "access", mountPath: TASK_FOLDERS.access, readOnly: true },
        { name: "certificates", mountPath: TASK_FOLDERS.kv, readOnly: true },
      ],
      egress: toServers,
      podSecurityContext: podSecurity,
      save: pollPosix({
        what: "The snapshot is saved",
        command: 'consul snapshot save "$FILE"',
        deadlineSeconds: 120,
      }),
      verify: 'consul snapshot inspect "$FILE" >/dev/null',
      restore: restoreScript(consul, certificates),
      deadlineSeconds: 1800,
    },
    opts,
  );
}
