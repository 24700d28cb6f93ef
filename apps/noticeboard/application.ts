import { single, tasks } from "../../environment/applications/workloads";
import {
  backupChanges,
  follows,
  restarts,
  tiedToData,
  volumeChanges,
} from "../../environment/changes/data";
import { defineApplication } from "../application";
import { RESOURCES, settings } from "./settings";

/** A page on which operators leave notices for each other. */
export const noticeboard = defineApplication({
  settings,
  facts: ({ namespace, image, version, host, data, backup }) => ({
    images: [`${image}:${version}`],
    saved: true,
    namespace,
    zone: "entry",
    workloads: [
      single("noticeboard", namespace, [RESOURCES], 1),
      tasks("noticeboard", namespace, backup.volume.size),
    ],
    hosts: [{ key: "host", name: host, by: "route", certificate: "wildcard" }],
    volumes: [
      { key: "data", name: "pvc-noticeboard", volume: data },
      { key: "backup.volume", name: "pvc-backup-noticeboard", volume: backup.volume },
    ],
  }),
  changes: {
    ...tiedToData("namespace"),
    ...restarts("image", "version", "passwordGeneration"),
    ...follows("host"),
    ...volumeChanges("data"),
    ...backupChanges("backup"),
  },
  components: () => import("./deploy.js"),
});
