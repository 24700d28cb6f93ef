import { single, tasks } from "../../environment/applications/workloads";
import {
  backupChanges,
  follows,
  restarts,
  tiedToData,
  volumeChanges,
} from "../../environment/changes/data";
import { valueAt } from "../../lib/values";
import { defineApplication } from "../application";
import { confluenceFaults } from "./faults";
import {
  ADMINER_RESOURCES,
  adminerImage,
  DATABASE_RESOURCES,
  HOME_BACKUP,
  postgresImage,
  settings,
} from "./settings";

/** Confluence with its PostgreSQL, and Adminer beside it. */
export const confluence = defineApplication({
  settings,
  facts: ({
    namespace,
    image,
    version,
    host,
    publicHost,
    requests,
    limits,
    home,
    database,
    backup,
    homeBackup,
  }) => ({
    namespace,
    zone: "entry",
    images: [`${image}:${version}`, postgresImage(database), adminerImage(database.adminerVersion)],
    saved: true,
    workloads: [
      single("confluence's database", namespace, [DATABASE_RESOURCES, ADMINER_RESOURCES], 1),
      single("confluence", namespace, [{ requests, limits }], 1),
      tasks("confluence", namespace, backup.volume.size),
      ...(homeBackup === undefined ? [] : [tasks(HOME_BACKUP, namespace, homeBackup.volume.size)]),
    ],
    hosts: [
      { key: "host", name: host, by: "route", certificate: "wildcard" },
      {
        key: "database.adminerHost",
        name: database.adminerHost,
        by: "route",
        certificate: "wildcard",
      },
      {
        key: "publicHost.name",
        name: publicHost.name,
        by: "route",
        certificate: publicHost.certificate,
      },
    ],
    volumes: [
      { key: "home", name: "pvc-confluence-apps", volume: home },
      {
        key: "database",
        name: "pvc-confluence-db",
        volume: { storageClass: database.storageClass, size: database.size },
      },
      { key: "backup.volume", name: "pvc-backup-confluence", volume: backup.volume },
      ...(homeBackup === undefined
        ? []
        : [
            {
              key: "homeBackup.volume",
              name: `pvc-backup-${HOME_BACKUP}`,
              volume: homeBackup.volume,
              folder: HOME_BACKUP,
            },
          ]),
    ],
    // PostgreSQL does not read the files of another major release.
    fixed: { "database.version": `${database.version.split(".")[0]}.x` },
  }),
  changes: {
    ...tiedToData("namespace", "database.storageClass"),
    ...restarts("image", "version", "publicHost.name", "publicHost.certificate"),
    ...restarts("jvm.minimumMiB", "jvm.maximumMiB", "startSeconds"),
    ...restarts("requests.cpu", "requests.memory", "requests.ephemeral-storage"),
    ...restarts("limits.cpu", "limits.memory", "limits.ephemeral-storage"),
    ...restarts("database.passwordGeneration", "database.adminerVersion"),
    "database.version": {
      kind: "applied",
      by: ["apps"],
      how: "a release of the same major version restarts the database; of another one it is refused: move the data",
    },
    "database.size": volumeChanges("x")["x.size"],
    ...follows("host", "setupIsOpen", "database.adminerHost"),
    ...volumeChanges("home"),
    ...backupChanges("backup"),
    ...backupChanges("homeBackup"),
  },
  faults: confluenceFaults,
  bringsCertificate: (raw) => valueAt(raw, ["publicHost", "certificate"]) === "own",
  components: () => import("./deploy.js"),
});
