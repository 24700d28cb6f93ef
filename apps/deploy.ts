import * as pulumi from "@pulumi/pulumi";

import { clusterProvider } from "../cluster/provider";
import { readEnvironment } from "../environment/config";
import { type Apps, readCluster } from "../environment/contracts";
import { CertificateAuthority } from "./ca";
import { Traefik } from "./ingress/traefik";
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
  const { ingress, whoami } = environment.apps;

  const ca = new CertificateAuthority("ingress-ca", { domain: ingress.domain });
  const traefik = new Traefik(
    "traefik",
    { environment, certificate: ca.wildcard, namespaces: [whoami.namespace] },
    opts,
  );
  const firstApp = new Whoami("whoami", { environment, ingress: traefik }, opts);

  return {
    apps: pulumi.output({
      urls: [{ name: "whoami", url: firstApp.url }],
      ingressCaCertificate: ca.certificate,
    }),
  };
}
