import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import { SURGE } from "../../environment/applications/workloads";
import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import { fromPods, toApiServers } from "../../kubernetes/networkPolicies";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { Route } from "../ingress/route";
import type { Traefik } from "../ingress/traefik";
import { placement } from "../pods";
import { ReaderAccess } from "./readerRbac";
import { type DashboardSettings, RESOURCES } from "./settings";

/** Where the dashboard runs and by whom it is reached. */
export interface DashboardArgs {
  environment: Pick<Environment, "kubernetes" | "namespaces" | "nodes" | "zones">;
  settings: DashboardSettings;
  ingress: Traefik;
}

const LABELS = { app: "dashboard" };
/** Headlamp's own. */
const PORT = 4466;

/**
 * Headlamp, the page of Kubernetes' SIG UI that shows a cluster (kubernetes-dashboard is archived). It has no rights: a
 * person logs in with a token, by default of the account `dashboard-reader`, and the page asks the API with that.
 */
export class Dashboard extends pulumi.ComponentResource {
  /** Where it answers. Known when it does. */
  readonly url: pulumi.Output<string>;
  /** Namespace of the account. */
  readonly namespace: string;
  /** Account of which `make dashboard` prints a token. */
  readonly serviceAccount: string;
  /** What keeps its pods. */
  readonly workload: Workload;

  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Dashboard", name, {}, opts);
    const own = { parent: this };
    const { environment, settings, ingress } = args;
    const { namespace, image, version, host, namespaces } = settings;
    const metadata = { name: "dashboard", namespace, labels: LABELS };
    this.workload = { kind: "Deployment", namespace, name: metadata.name };

    const access = new ReaderAccess(
      `${name}-access`,
      {
        namespace,
        readable: namespaces ?? environment.namespaces.map((one) => one.name),
        labels: LABELS,
      },
      own,
    );
    this.namespace = namespace;
    this.serviceAccount = access.serviceAccountName;

    const policy = new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: LABELS },
          policyTypes: ["Ingress", "Egress"],
          ingress: [fromPods(ingress, PORT)],
          egress: [toApiServers(environment)],
        },
      },
      own,
    );
    // One replica without a PodDisruptionBudget: it keeps nothing and is back in seconds, and a budget of one pod would
    // hold up every drain of its node.
    const pods = new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas: 1,
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
              // The image's own user, to which its files belong.
              securityContext: { ...hardenedPod, runAsUser: 100, runAsGroup: 101 },
              containers: [
                {
                  name: "dashboard",
                  image: `${image}:v${version}`,
                  args: ["-in-cluster", "-plugins-dir=/headlamp/plugins"],
                  // It creates folders for its user's plugins and kubeconfigs; here both stay empty.
                  env: [{ name: "XDG_CONFIG_HOME", value: `${TEMPORARY}/config` }],
                  ports: [{ name: "http", containerPort: PORT }],
                  resources: RESOURCES,
                  securityContext: hardenedContainer,
                  startupProbe: { ...front, periodSeconds: 1, failureThreshold: 60 },
                  readinessProbe: { ...front, periodSeconds: 5 },
                  livenessProbe: { ...front, periodSeconds: 10 },
                  volumeMounts: [
                    // It copies its pages there when it starts, to write its URL into them.
                    { name: "temporary", mountPath: TEMPORARY },
                    { name: "cluster", mountPath: CLUSTER, readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: "temporary", emptyDir: { sizeLimit: "256Mi" } },
                {
                  name: "cluster",
                  projected: {
                    sources: [
                      {
                        configMap: {
                          name: "kube-root-ca.crt",
                          items: [{ key: "ca.crt", path: "ca.crt" }],
                        },
                      },
                      // In a cluster client-go wants a file with a token, which Headlamp then does not use. There is no
                      // token in this pod: the file holds its name.
                      {
                        downwardAPI: {
                          items: [{ path: "token", fieldRef: { fieldPath: "metadata.name" } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        },
      },
      { ...own, dependsOn: policy },
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: { selector: LABELS, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      own,
    );
    const route = new Route(
      name,
      {
        ...{ ingress, namespace, hosts: [host], service: "dashboard", port: 80 },
        after: [pods, service],
      },
      own,
    );
    this.url = route.url;
    this.registerOutputs({ url: this.url });
  }
}

const TEMPORARY = "/tmp";
/** Where client-go looks for the API's CA and for a token. */
const CLUSTER = "/var/run/secrets/kubernetes.io/serviceaccount";

const front = { httpGet: { path: "/", port: "http" } };
