import { deployment } from "../../environment/applications/workloads";
import { follows, moves, restarts } from "../../environment/changes/data";
import { defineApplication } from "../application";
import { RESOURCES, settings, traefikImage } from "./settings";

/** Traefik behind the load balancer's ports 80 and 443. */
export const ingress = defineApplication({
  settings,
  facts: ({
    namespace,
    traefikVersion,
    replicas,
    domain,
    dashboardHost,
    httpNodePort,
    httpsNodePort,
  }) => ({
    images: [traefikImage(traefikVersion)],
    namespace,
    zone: "entry",
    workloads: [deployment("ingress", { namespace, replicas }, RESOURCES)],
    replicas,
    hosts: [{ key: "dashboardHost", name: dashboardHost, by: "ingress", certificate: "wildcard" }],
    nodePorts: [
      { key: "httpNodePort", port: httpNodePort },
      { key: "httpsNodePort", port: httpsNodePort },
    ],
    entry: { http: httpNodePort, https: httpsNodePort, domain },
  }),
  changes: {
    ...moves("namespace"),
    ...follows("domain", "httpNodePort", "httpsNodePort"),
    ...restarts("traefikVersion", "replicas", "dashboardHost", "operator"),
  },
  components: () => import("./deploy.js"),
});
