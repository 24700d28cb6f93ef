import { deployment } from "../../environment/applications/workloads";
import { follows, moves, restarts } from "../../environment/changes/data";
import { defineApplication } from "../application";
import { RESOURCES, whoamiImage } from "../whoami/settings";
import { settings } from "./settings";

/** whoami in another zone than the ingress': what it takes to run there. */
export const outpost = defineApplication({
  settings,
  facts: ({ namespace, version, replicas, host, nodePort }) => ({
    images: [whoamiImage(version)],
    namespace,
    zone: "other",
    workloads: [deployment("outpost", { namespace, replicas }, RESOURCES)],
    replicas,
    hosts: [{ key: "host", name: host, by: "ingress", certificate: "wildcard" }],
    nodePorts: [{ key: "nodePort", port: nodePort }],
  }),
  changes: {
    ...moves("namespace"),
    ...restarts("version", "replicas"),
    ...follows("host", "nodePort"),
  },
  components: () => import("./deploy.js"),
});
