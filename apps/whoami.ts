import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import { Ingress, NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../environment/schema";
import { RESOURCES, SURGE } from "../environment/workloads";
import type { Traefik } from "./ingress/traefik";
import { hardenedContainer, hardenedPod, placement } from "./pods";

/** Where the application runs and by whom it is reached. */
export interface WhoamiArgs {
  environment: Pick<Environment, "apps" | "namespaces" | "zones">;
  ingress: Traefik;
}

const LABELS = { app: "whoami" };
const PORT = 8080;

/** The first application: it answers with the request it was sent, over HTTPS under its own host name. */
export class Whoami extends pulumi.ComponentResource {
  /** Where it answers. Known when it does. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: WhoamiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Whoami", name, {}, opts);
    const own = { parent: this };
    const { environment, ingress: traefik } = args;
    const { namespace, version, replicas, host } = environment.apps.whoami;
    const metadata = { name: "whoami", namespace, labels: LABELS };

    new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: LABELS },
          strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: 0, maxSurge: SURGE },
          },
          template: {
            metadata: { labels: LABELS },
            spec: {
              ...placement(environment, namespace, LABELS),
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: hardenedPod,
              containers: [
                {
                  name: "whoami",
                  image: `docker.io/traefik/whoami:v${version}`,
                  args: ["--port", `${PORT}`],
                  ports: [{ name: "http", containerPort: PORT }],
                  resources: RESOURCES.whoami,
                  securityContext: hardenedContainer,
                  readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 5 },
                  livenessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 10 },
                },
              ],
            },
          },
        },
      },
      own,
    );
    new Service(
      `${name}-service`,
      {
        metadata,
        spec: { selector: LABELS, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      own,
    );
    const ingress = new Ingress(
      `${name}-ingress`,
      {
        metadata: {
          ...metadata,
          annotations: { "traefik.ingress.kubernetes.io/router.entrypoints": "websecure" },
        },
        spec: {
          ingressClassName: traefik.ingressClassName,
          // Without a secret of its own the host is served by the default certificate.
          tls: [{ hosts: [host] }],
          rules: [
            {
              host,
              http: {
                paths: [
                  {
                    path: "/",
                    pathType: "Prefix",
                    backend: { service: { name: "whoami", port: { name: "http" } } },
                  },
                ],
              },
            },
          ],
        },
      },
      { ...own, dependsOn: traefik },
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
      own,
    );
    new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: LABELS },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [
                {
                  namespaceSelector: {
                    matchLabels: { "kubernetes.io/metadata.name": traefik.namespace },
                  },
                  podSelector: { matchLabels: traefik.podLabels },
                },
              ],
              ports: [{ port: PORT }],
            },
          ],
          // It calls nobody; DNS, which the namespace allows, is all there is.
          egress: [],
        },
      },
      own,
    );
    this.url = ingress.id.apply(() => `https://${host}/`);
    this.registerOutputs({ url: this.url });
  }
}
