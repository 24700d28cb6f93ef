import { ingressOf } from "../../environment/applications/exposed";
import type { Deploy } from "../application";
import { INGRESS_LABELS } from "../ingress/labels";
import { Consul } from "./consul";
import { PORTS } from "./consulNames";
import type { ConsulSettings } from "./settings";

/** Consul, and what Traefik needs to read from it. */
export const deploy: Deploy<ConsulSettings> = (own, { environment, certificates, opts }) => {
  const ingress = ingressOf(environment);
  const clients =
    ingress === undefined ? [] : [{ namespace: ingress.namespace, podLabels: INGRESS_LABELS }];
  const store = new Consul("consul", { environment, settings: own, clients, certificates }, opts);
  return {
    resources: [store],
    urls:
      own.uiHost === undefined
        ? []
        : [
            {
              name: "consul",
              url: `https://${own.uiHost}/`,
              version: own.version,
              answers: [401],
              workload: store.workload,
            },
          ],
    backups: [store.backup],
    internalCertificates: store.expiries,
    outputs: {
      kvCertificates: {
        namespace: store.namespace,
        job: store.kvCertificates.job,
        certificates: certificates.map(({ host, sha256 }) => ({ host, sha256 })),
      },
    },
    provides: {
      consul: {
        namespace: store.namespace,
        podLabels: store.podLabels,
        podPort: PORTS.https,
        endpoint: store.endpoint,
        uiHost: own.uiHost,
        ca: store.ca,
        clientCertificate: store.clientCertificate,
        token: store.traefikToken,
        uiToken: store.uiToken,
        ready: store.ready,
      },
    },
  };
};
