import { deployment } from "../../environment/applications/workloads";
import { follows, moves, restarts } from "../../environment/changes/data";
import { defineApplication } from "../application";
import { RESOURCES, settings, traefikImage } from "./settings";

/** Traefik behind the load balancer's ports 80 and 443. */
export const ingress = defineApplication({
  settings,
  facts: ({
    namespace,
    routesNamespace,
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
    entry: {
      http: httpNodePort,
      https: httpsNodePort,
      domain,
      routes: { key: "routesNamespace", namespace: routesNamespace },
    },
  }),
  changes: {
    ...moves("namespace"),
    routesNamespace: {
      kind: "applied",
      by: ["apps"],
      how: "routes are made in the other namespace, then the ingress is restarted, then the old ones are deleted",
    },
    ...follows("domain", "httpNodePort", "httpsNodePort"),
    ...restarts("traefikVersion", "replicas", "dashboardHost", "operator"),
  },
  components: () => import("./deploy.js"),
});
