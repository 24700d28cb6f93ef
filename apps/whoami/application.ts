import { deployment } from "../../environment/applications/workloads";
import { defineApplication } from "../application";
import { RESOURCES, settings } from "./settings";

/** The first application, which answers with what it was asked. */
export const whoami = defineApplication({
  settings,
  facts: ({ namespace, replicas, host }) => ({
    namespace,
    zone: "entry",
    workloads: [deployment("whoami", { namespace, replicas }, RESOURCES)],
    replicas,
    hosts: [{ key: "host", name: host, by: "route", certificate: "wildcard" }],
  }),
  components: () => import("./deploy.js"),
});
