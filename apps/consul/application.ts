import { single, tasks } from "../../environment/applications/workloads";
import { defineApplication } from "../application";
import { RESOURCES, settings } from "./settings";

/** Consul, whose KV store has the ingress' certificates. */
export const consul = defineApplication({
  settings,
  facts: ({ namespace, replicas, storageClass, uiHost, backup }) => ({
    namespace,
    zone: "entry",
    workloads: [
      {
        ...single("consul", namespace, [RESOURCES]),
        replicas,
        persistentVolumeClaims: replicas,
      },
      tasks("consul", namespace),
    ],
    replicas,
    hosts:
      uiHost === undefined
        ? []
        : [{ key: "uiHost", name: uiHost, by: "ingress", certificate: "wildcard" }],
    volumes: [
      { key: "", volume: { storageClass } },
      { key: "backup.volume", volume: backup.volume },
    ],
  }),
  components: () => import("./deploy.js"),
  status: () => import("./status/status.js"),
});
