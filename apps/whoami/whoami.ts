import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";

import { SURGE } from "../../environment/applications/workloads";
import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import { fromPods } from "../../kubernetes/networkPolicies";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { Route } from "../ingress/route";
import type { Traefik } from "../ingress/traefik";
import { wayTo } from "../ingress/nodePortWay";
import { answersUntilOutOfService, placement } from "../pods";
import { RESOURCES, whoamiImage, type WhoamiSettings } from "./settings";

/** Where the application runs and by whom it is reached. */
export interface WhoamiArgs extends WhoamiSettings {
  environment: Pick<
    Environment,
    "applications" | "kubernetes" | "loadBalancer" | "namespaces" | "nodes" | "zones"
  >;
  ingress: Traefik;
  /** Which of the two it is: the key of `apps` in the environment, and the name of its objects. */
  app: "whoami" | "outpost";
}

const PORT = 8080;

/**
 * The first application: it answers with the request it was sent, over HTTPS under its own host name. It runs in the zone of
 * its namespace; in another zone than the ingress' its name is outpost.
 */
export class Whoami extends pulumi.ComponentResource {
  /** Which of the two it is. */
  readonly app: WhoamiArgs["app"];
  /** Where it answers. Known when it does. */
  readonly url: pulumi.Output<string>;
  /** What keeps its pods. */
  readonly workload: Workload;

  constructor(name: string, args: WhoamiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Whoami", name, {}, opts);
    const own = { parent: this };
    const { environment, ingress, app, namespace, version, replicas, host } = args;
    this.app = app;
    const labels = { app };
    const metadata = { name: app, namespace, labels };
    this.workload = { kind: "Deployment", namespace, name: metadata.name };
    const way = wayTo(environment, app);

    const pods = new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: labels },
          strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: 0, maxSurge: SURGE },
          },
          template: {
            metadata: { labels },
            spec: {
              ...placement(environment, namespace, labels),
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: hardenedPod,
              containers: [
                {
                  name: "whoami",
                  image: whoamiImage(version),
                  args: ["--port", `${PORT}`],
                  ports: [{ name: "http", containerPort: PORT }],
                  resources: RESOURCES,
                  securityContext: hardenedContainer,
                  readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 5 },
                  livenessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 10 },
                  ...answersUntilOutOfService(environment.kubernetes),
                },
              ],
            },
          },
        },
      },
      own,
    );
    const port = { name: "http", port: 80, targetPort: "http" };
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec:
          way === undefined
            ? { selector: labels, ports: [port] }
            : {
                type: "NodePort",
                // Packets keep the address they came from, by which the policy below lets them in.
                externalTrafficPolicy: "Local",
                selector: labels,
                ports: [{ ...port, nodePort: way.nodePort }],
              },
      },
      own,
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      own,
    );
    new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            way === undefined
              ? fromPods(ingress, PORT)
              : {
                  from: way.from.map((address) => ({ ipBlock: { cidr: `${address}/32` } })),
                  ports: [{ port: PORT }],
                },
          ],
          // It opens no connections; the namespace allows DNS.
          egress: [],
        },
      },
      own,
    );
    const route = new Route(
      name,
      {
        ...{ ingress, namespace, hosts: [host], service: app, port: port.port, labels },
        after: [pods, service],
      },
      own,
    );
    this.url = route.url;
    this.registerOutputs({ url: this.url });
  }
}
