import { deployment } from "../../environment/applications/workloads";
import { follows, moves, restarts } from "../../environment/changes/data";
import { defineApplication } from "../application";
import { RESOURCES, settings } from "./settings";

/** The page that shows the cluster to those who may read. */
export const dashboard = defineApplication({
  settings,
  facts: ({ namespace, image, version, host, namespaces }) => ({
    images: [`${image}:v${version}`],
    namespace,
    zone: "entry",
    workloads: [deployment("dashboard", { namespace, replicas: 1 }, RESOURCES)],
    hosts: [{ key: "host", name: host, by: "route", certificate: "wildcard" }],
    namespaces: namespaces === undefined ? "all" : { key: "namespaces", names: namespaces },
  }),
  changes: {
    ...moves("namespace"),
    ...restarts("image", "version"),
    ...follows("host", "namespaces"),
    tokenSeconds: { kind: "read", how: "`make dashboard`" },
  },
  components: () => import("./deploy.js"),
});
