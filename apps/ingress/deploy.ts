import { hostsOf } from "../../environment/applications/exposed";
import type { Deploy } from "../application";
import { pagesInOtherZones } from "./pages";
import type { IngressSettings } from "./settings";
import { Traefik } from "./traefik";

/** Traefik, for all applications with a route. */
export const deploy: Deploy<IngressSettings> = (
  own,
  { environment, ca, certificates, consul, opts },
) => {
  if (ca === undefined) {
    throw new Error("The ingress has no CA, although the environment has an ingress.");
  }
  const routed = hostsOf(environment).filter(({ host }) => host.by === "route");
  const traefik = new Traefik(
    "traefik",
    {
      environment,
      settings: own,
      certificate: ca.wildcard,
      // With Consul it reads these from the KV store.
      hostCertificates: consul === undefined ? certificates : [],
      reached: [...new Set(routed.map(({ application }) => application.namespace))],
      pages: pagesInOtherZones(environment),
      consul,
    },
    opts,
  );
  return {
    resources: [traefik],
    urls: [
      {
        name: "traefik",
        url: traefik.url,
        version: own.traefikVersion,
        answers: [401],
        workload: traefik.workload,
      },
    ],
    credentials: [
      {
        name:
          consul?.uiHost === undefined
            ? "Traefik's dashboard"
            : "Traefik's dashboard and Consul's UI",
        user: traefik.operator.user,
        secret: traefik.operator.password,
      },
    ],
    ...(traefik.proxies === undefined ? {} : { outputs: { proxyProtocolFrom: traefik.proxies } }),
    provides: { ingress: traefik },
  };
};
