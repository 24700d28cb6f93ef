import { single, tasks } from "../../environment/applications/workloads";
import { valueAt } from "../../lib/values";
import { defineApplication } from "../application";
import { confluenceFaults } from "./faults";
import { ADMINER_RESOURCES, DATABASE_RESOURCES, HOME_BACKUP, settings } from "./settings";

/** Confluence with its PostgreSQL, and Adminer beside it. */
export const confluence = defineApplication({
  settings,
  facts: ({
    namespace,
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
    workloads: [
      single("confluence's database", namespace, [DATABASE_RESOURCES, ADMINER_RESOURCES], 1),
      single("confluence", namespace, [{ requests, limits }], 1),
      tasks("confluence", namespace),
      ...(homeBackup === undefined ? [] : [tasks(HOME_BACKUP, namespace)]),
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
      { key: "home", volume: home },
      { key: "database", volume: { storageClass: database.storageClass } },
      { key: "backup.volume", volume: backup.volume },
      ...(homeBackup === undefined
        ? []
        : [{ key: "homeBackup.volume", volume: homeBackup.volume, folder: HOME_BACKUP }]),
    ],
  }),
  faults: confluenceFaults,
  bringsCertificate: (raw) => valueAt(raw, ["publicHost", "certificate"]) === "own",
  components: () => import("./deploy.js"),
});
