import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service } from "@pulumi/kubernetes/core/v1";
import { IngressClass, NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { RESOURCES, SURGE } from "../../environment/workloads";
import type { Certificate } from "../ca";
import { hardenedContainer, hardenedPod, placement, sha256 } from "../pods";
import { TraefikAccess } from "./traefikAccess";
import {
  CERTIFICATE_FOLDER,
  DYNAMIC_FOLDER,
  dynamicConfig,
  PORTS,
  staticConfig,
} from "./traefikConfig";

/** What the ingress serves and by which certificate. */
export interface TraefikArgs {
  environment: Pick<
    Environment,
    "apps" | "kubernetes" | "loadBalancer" | "namespaces" | "nodes" | "zones"
  >;
  /** For every host that has none of its own. */
  certificate: Certificate;
  /** Namespaces whose Ingresses are served. */
  namespaces: string[];
}

const LABELS = { app: "traefik" };
const INGRESS_CLASS = "traefik";

/**
 * Traefik behind the load balancer: pods on workers of its zone, reached by two node ports. Plain HTTP is sent on to
 * HTTPS, whatever the host.
 */
export class Traefik extends pulumi.ComponentResource {
  /** Class that an Ingress names to be served. */
  readonly ingressClassName = INGRESS_CLASS;
  /** Namespace of the pods, for policies that let them in. */
  readonly namespace: string;
  /** Labels of the pods, for policies that let them in. */
  readonly podLabels = LABELS;

  constructor(name: string, args: TraefikArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Traefik", name, {}, opts);
    const own = { parent: this };
    const { environment, certificate } = args;
    const { ingress } = environment.apps;
    const { namespace } = ingress;
    this.namespace = namespace;
    const metadata = { name: "traefik", namespace, labels: LABELS };

    const staticText = staticConfig({
      ingressClass: INGRESS_CLASS,
      namespaces: args.namespaces,
      address: environment.loadBalancer.address,
    });
    const dynamicText = dynamicConfig();
    const config = new ConfigMap(
      `${name}-config`,
      { metadata, data: { "traefik.yml": staticText, "tls.yml": dynamicText } },
      own,
    );
    const secret = new Secret(
      `${name}-certificate`,
      {
        metadata: { name: "traefik-certificate", namespace, labels: LABELS },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": certificate.chain, "tls.key": certificate.privateKey },
      },
      own,
    );
    new IngressClass(
      `${name}-class`,
      {
        metadata: { name: INGRESS_CLASS, labels: LABELS },
        spec: { controller: "traefik.io/ingress-controller" },
      },
      own,
    );
    const access = new TraefikAccess(
      `${name}-access`,
      { namespace, served: args.namespaces, labels: LABELS },
      own,
    );
    const policy = new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: LABELS },
          policyTypes: ["Ingress", "Egress"],
          // From anywhere, because that is what an ingress is for. The kubelet's probes of its own pods always pass.
          ingress: [{ ports: [{ port: PORTS.web }, { port: PORTS.websecure }] }],
          egress: [
            // A policy sees a packet when the Service's address has become the API server's own.
            {
              to: environment.nodes
                .filter(({ role }) => role === "control-plane")
                .map(({ address }) => ({ ipBlock: { cidr: `${address}/32` } })),
              ports: [{ port: environment.kubernetes.apiPort }],
            },
            // Any port: an application's own policy says at which of them it is reached.
            ...args.namespaces.map((served) => ({
              to: [
                { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": served } } },
              ],
            })),
          ],
        },
      },
      own,
    );
    new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas: ingress.replicas,
          selector: { matchLabels: LABELS },
          strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: 0, maxSurge: SURGE },
          },
          template: {
            metadata: {
              labels: LABELS,
              annotations: {
                "sitewright/configuration": sha256(staticText, dynamicText),
                // The certificate's file is not watched.
                "sitewright/certificate": certificate.chain.apply((chain) => sha256(chain)),
              },
            },
            spec: {
              serviceAccountName: access.serviceAccountName,
              ...placement(environment, namespace, LABELS),
              securityContext: hardenedPod,
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: "traefik",
                  image: `docker.io/library/traefik:v${ingress.traefikVersion}`,
                  args: ["--configFile=/etc/traefik/traefik.yml"],
                  ports: Object.entries(PORTS).map(([port, containerPort]) => ({
                    name: port,
                    containerPort,
                  })),
                  resources: RESOURCES.traefik,
                  securityContext: hardenedContainer,
                  startupProbe: { ...ping, periodSeconds: 1, failureThreshold: 60 },
                  readinessProbe: { ...ping, periodSeconds: 5, failureThreshold: 1 },
                  livenessProbe: { ...ping, periodSeconds: 10, failureThreshold: 3 },
                  volumeMounts: [
                    {
                      name: "config",
                      mountPath: "/etc/traefik/traefik.yml",
                      subPath: "traefik.yml",
                      readOnly: true,
                    },
                    { name: "dynamic", mountPath: DYNAMIC_FOLDER, readOnly: true },
                    { name: "certificate", mountPath: CERTIFICATE_FOLDER, readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                {
                  name: "dynamic",
                  configMap: {
                    name: config.metadata.name,
                    items: [{ key: "tls.yml", path: "tls.yml" }],
                  },
                },
                { name: "certificate", secret: { secretName: secret.metadata.name } },
              ],
            },
          },
        },
      },
      // Without the policy its first pods would not find the API.
      { ...own, dependsOn: [access, policy] },
    );
    new Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          type: "NodePort",
          selector: LABELS,
          ports: [
            { name: "web", port: 80, targetPort: "web", nodePort: ingress.httpNodePort },
            {
              name: "websecure",
              port: 443,
              targetPort: "websecure",
              nodePort: ingress.httpsNodePort,
            },
          ],
        },
      },
      own,
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
      own,
    );
    this.registerOutputs({});
  }
}

const ping = { httpGet: { path: "/ping", port: "ping" } };
