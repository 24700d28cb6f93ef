import * as pulumi from "@pulumi/pulumi";

import { clusterProvider } from "../cluster/provider";
import { readEnvironment } from "../environment/config";
import { type Apps, readCluster } from "../environment/contracts";
import { CertificateAuthority } from "./ca";
import { Traefik } from "./ingress/traefik";
import { outpostPages } from "./outpost";
import { Whoami } from "./whoami";

/** What the stack exports: the contract `apps`. */
export interface Outputs {
  apps: pulumi.Output<Apps>;
}

/**
 * Installs the ingress and the applications of the current stack in the cluster of the stack cluster.
 *
 * @throws Refusal, before anything is touched, when the environment has faults or the cluster is not up.
 */
export async function deploy(): Promise<Outputs> {
  const environment = readEnvironment();
  const { clusterName, kubeconfig } = await readCluster();
  const opts = { providers: [clusterProvider("cluster", { clusterName, kubeconfig })] };
  const { ingress, whoami, outpost } = environment.apps;

  const ca = new CertificateAuthority("ingress-ca", { domain: ingress.domain });
  const pages = outpostPages(environment);
  const traefik = new Traefik(
    "traefik",
    {
      environment,
      certificate: ca.wildcard,
      namespaces: [
        ...new Set([
          whoami.namespace,
          ...(outpost === undefined || pages.length > 0 ? [] : [outpost.namespace]),
        ]),
      ],
      pages,
    },
    opts,
  );
  const firstApps = [
    new Whoami("whoami", { environment, ingress: traefik, app: "whoami" }, opts),
    ...(outpost === undefined
      ? []
      : [new Whoami("outpost", { environment, ingress: traefik, app: "outpost" }, opts)]),
  ];

  return {
    apps: pulumi.output({
      urls: [
        ...firstApps.map(({ app, url }) => ({ name: app, url })),
        { name: "traefik", url: traefik.url },
      ],
      ingressCaCertificate: ca.certificate,
    }),
  };
}
