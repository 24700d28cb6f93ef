import { deployment } from "../../environment/applications/workloads";
import { follows, moves, restarts } from "../../environment/changes/data";
import { defineApplication } from "../application";
import { RESOURCES, settings, whoamiImage } from "./settings";

/** The first application, which answers with what it was asked. */
export const whoami = defineApplication({
  settings,
  facts: ({ namespace, version, replicas, host }) => ({
    images: [whoamiImage(version)],
    namespace,
    zone: "entry",
    workloads: [deployment("whoami", { namespace, replicas }, RESOURCES)],
    replicas,
    hosts: [{ key: "host", name: host, by: "route", certificate: "wildcard" }],
  }),
  changes: {
    ...moves("namespace"),
    ...restarts("version", "replicas"),
    ...follows("host"),
  },
  components: () => import("./deploy.js"),
});
