import { single, tasks } from "../../environment/applications/workloads";
import { backupChanges, follows, restarts, tiedToData } from "../../environment/changes/data";
import { defineApplication } from "../application";
import { consulImage, RESOURCES, settings } from "./settings";

/** Consul, whose KV store has the ingress' certificates. */
export const consul = defineApplication({
  settings,
  facts: ({
    namespace,
    version,
    datacenter,
    domain,
    replicas,
    storageClass,
    size,
    uiHost,
    backup,
  }) => ({
    images: [consulImage({ version })],
    saved: true,
    namespace,
    zone: "entry",
    workloads: [
      {
        ...single("consul", namespace, [RESOURCES]),
        replicas,
        persistentVolumeClaims: replicas,
      },
      tasks("consul", namespace, backup.volume.size),
    ],
    replicas,
    hosts:
      uiHost === undefined
        ? []
        : [{ key: "uiHost", name: uiHost, by: "ingress", certificate: "wildcard" }],
    volumes: [
      { key: "", name: "consul", volume: { storageClass, size }, grows: false },
      { key: "backup.volume", name: "pvc-backup-consul", volume: backup.volume },
    ],
    // The servers keep both with their data, and servers of two domains do not accept each other's certificates.
    fixed: { datacenter, domain },
  }),
  changes: {
    ...tiedToData("namespace", "datacenter", "domain", "storageClass", "size"),
    ...restarts("version", "replicas", "certificateGeneration"),
    ...follows("uiHost", "gossipKeyGeneration"),
    ...backupChanges("backup"),
  },
  components: () => import("./deploy.js"),
  status: () => import("./status/status.js"),
});
