import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import { IngressClass } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";

import { type Resources, SURGE } from "../../environment/applications/workloads";
import type { Workload } from "../../environment/contracts";
import { entryAddress, proxyAddresses } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { mebibytes } from "../../environment/schema/quantities";
import { toPods } from "../../kubernetes/networkPolicies";
import { NOT_AWAITED } from "../../kubernetes/notAwaited";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { LaterResources } from "../../pulumi/laterResources";
import type { Certificate } from "../certificates/signer";
import { placement } from "../pods";
import { crdManifest } from "./crdManifest";
import type { ConsulForTraefik } from "./consulForTraefik";
import { dynamicConfig } from "./dynamicConfig";
import { INGRESS_LABELS } from "./labels";
import { Operator } from "./operator";
import type { ReachedPage } from "./pages";
import { RedirectToHttps } from "./redirectToHttps";
import { type IngressSettings, RESOURCES, traefikImage } from "./settings";
import { PORTS, staticConfig } from "./traefikConfig";
import { TraefikCrds } from "./traefikCrds";
import { TraefikFiles } from "./traefikFiles";
import { TraefikPolicy } from "./traefikPolicy";
import { TraefikAccess } from "./traefikRbac";
import { READY_PATH, TraefikReadiness } from "./traefikReadiness";

/** What the ingress serves, and its certificates. */
export interface TraefikArgs {
  environment: Pick<Environment, "kubernetes" | "loadBalancer" | "namespaces" | "nodes" | "zones">;
  settings: IngressSettings;
  /** Certificate of every host that has none of its own. */
  certificate: Certificate;
  /** Certificates of hosts, for a site without Consul: another list or content replaces the pods one by one. Default: none. */
  hostCertificates?: readonly Pick<Certificate, "chain" | "privateKey">[];
  /** Namespaces with applications that routes lead to. */
  reached: string[];
  /**
   * Hosts that are not reached by a Service of a namespace it reaches (pages.ts). Default: Traefik's dashboard and Consul's
   * UI, which it has in any case.
   */
  pages?: ReachedPage[];
  /** Where certificates of hosts come from, and a page. Default: `hostCertificates`, and no such page. */
  consul?: ConsulForTraefik | undefined;
}

const LABELS = INGRESS_LABELS;
const INGRESS_CLASS = "traefik";

/**
 * Traefik behind the load balancer: pods on workers of its zone, reached by two node ports. Plain HTTP is sent on to
 * HTTPS, whatever the host. Hosts come from Ingresses and IngressRoutes of the namespace of routes, certificates from
 * Consul's KV store, both without a restart.
 *
 * With `loadBalancer.proxyProtocol` the load balancer tells the clients' addresses. Traefik must know the load balancer by its own
 * address then, in whose place kube-proxy puts a node's on a usual node port. So the node ports keep the address
 * (externalTrafficPolicy Local), and answer only on nodes with a pod of Traefik; HAProxy's checks leave out the others.
 */
export class Traefik extends pulumi.ComponentResource {
  /** Namespace of the pods, for policies that let them in. */
  readonly namespace: string;
  /** Labels of the pods, for policies that let them in. */
  readonly podLabels = LABELS;
  /** Namespace of routes: whose Ingresses, IngressRoutes and Services it watches, and whose Secrets it reads. */
  readonly routesNamespace: string;
  /** Namespaces with applications that routes may lead to. */
  readonly reached: readonly string[];
  /** The kinds of routes, which are there before any of them. */
  readonly kinds: pulumi.Resource;
  /** Routes, before its pods. Say when no more come: until then it has no pods. */
  readonly routes = new LaterResources();
  /** Hosts it leads to without a route in a namespace. */
  readonly pageHosts: readonly string[];
  /** Who sees Traefik's dashboard and Consul's UI; the password is secret. */
  readonly operator: { user: string; password: pulumi.Output<string> };
  /** Where its dashboard answers. */
  readonly url: pulumi.Output<string>;
  /** What keeps its pods. */
  readonly workload: Workload;
  /** Addresses whose word on a client's address it takes, once it does. Undefined if there are none. */
  readonly proxies: pulumi.Output<string[]> | undefined;

  constructor(name: string, args: TraefikArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Traefik", name, {}, opts);
    const own = { parent: this };
    const { environment, settings: ingress, certificate, reached, pages = [], consul } = args;
    const { namespace, routesNamespace } = ingress;
    const manifest = crdManifest();
    if ([namespace, ...reached].includes(routesNamespace)) {
      throw new Error(
        `The namespace of routes ${routesNamespace} has pods, and Traefik would read all Secrets there: routes belong in one of their own.`,
      );
    }
    this.namespace = namespace;
    this.routesNamespace = routesNamespace;
    this.reached = reached;
    this.pageHosts = pages.map(({ host }) => host);
    const metadata = { name: "traefik", namespace, labels: LABELS };
    this.workload = { kind: "Deployment", namespace, name: metadata.name };

    const operator = new Operator(`${name}-operator`, { user: ingress.operator }, own);
    const files = new TraefikFiles(
      `${name}-files`,
      {
        namespace,
        labels: LABELS,
        config: configOf(args),
        certificate,
        hostCertificates: args.hostCertificates ?? [],
        users: operator.users,
        consul,
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
    const crds = new TraefikCrds(`${name}-crds`, { manifest }, own);
    this.kinds = crds;
    const readiness = new TraefikReadiness(
      `${name}-readiness`,
      { namespace: routesNamespace, labels: LABELS },
      { ...own, dependsOn: crds },
    );
    const redirect = new RedirectToHttps(
      `${name}-redirect`,
      { namespace: routesNamespace, labels: LABELS },
      { ...own, dependsOn: crds },
    );
    const access = new TraefikAccess(
      `${name}-access`,
      { namespace, routesNamespace, labels: LABELS },
      own,
    );
    const policy = new TraefikPolicy(
      `${name}-policy`,
      {
        environment,
        metadata,
        reached,
        egress: [
          ...pages.map((page) => page.egress),
          ...(consul === undefined ? [] : [toPods(consul, consul.podPort)]),
        ],
      },
      own,
    );
    // Without the policy its first pods would not find the API, without the kinds none of them would be ready, and without a route
    // they would answer 404 in its place, when they are replaced because routes have moved. All else is made while Consul's servers
    // find each other.
    const before: Promise<pulumi.Input<pulumi.Resource>[]> = this.routes.all.then((routes) => [
      ...[access, policy, crds, readiness, redirect, ...routes],
      ...(consul === undefined ? [] : [consul.ready]),
    ]);
    const pods = new Deployment(
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
            metadata: { labels: LABELS, annotations: files.annotations },
            spec: {
              serviceAccountName: access.serviceAccountName,
              ...placement(environment, namespace, LABELS),
              enableServiceLinks: false,
              securityContext: { ...hardenedPod, fsGroup: hardenedPod.runAsGroup },
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: "traefik",
                  image: traefikImage(ingress.traefikVersion),
                  args: files.args,
                  // Go's garbage collector works harder before the kernel ends the container.
                  env: [{ name: "GOMEMLIMIT", value: goMemoryLimit(RESOURCES) }],
                  ports: Object.entries(PORTS).map(([port, containerPort]) => ({
                    name: port,
                    containerPort,
                  })),
                  resources: RESOURCES,
                  securityContext: hardenedContainer,
                  startupProbe: { ...probe("/ping"), periodSeconds: 1, failureThreshold: 60 },
                  readinessProbe: { ...probe(READY_PATH), periodSeconds: 2, failureThreshold: 1 },
                  livenessProbe: { ...probe("/ping"), periodSeconds: 10, failureThreshold: 3 },
                  volumeMounts: files.volumeMounts,
                },
              ],
              volumes: files.volumes,
            },
          },
        },
      },
      { ...own, dependsOn: before },
    );
    const proxies = proxyAddresses(environment.loadBalancer);
    const service = new Service(
      `${name}-service`,
      {
        // Its pods are ready: there is nothing to wait for.
        metadata: { ...metadata, annotations: NOT_AWAITED },
        spec: {
          type: "NodePort",
          ...(proxies.length === 0 ? {} : { externalTrafficPolicy: "Local" }),
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
      // After its pods, and on destroy before them: while a node port has none, kube-proxy refuses the load balancer's checks by
      // ICMP, on which HAProxy may spend a whole processor (its issue 2491; seen with 2.6.12).
      { ...own, dependsOn: pods },
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
      own,
    );
    this.operator = operator;
    this.proxies = proxies.length === 0 ? undefined : service.id.apply(() => proxies);
    this.url = pods.id.apply(() => `https://${ingress.dashboardHost}/`);
    this.registerOutputs({ url: this.url });
  }
}

/** Traefik's two files. Secret: with Consul they hold tokens. */
function configOf(args: TraefikArgs) {
  const { environment, settings, pages = [], hostCertificates = [], consul } = args;
  const { namespace, routesNamespace, dashboardHost } = settings;
  const facts = {
    ingressClass: INGRESS_CLASS,
    routes: routesNamespace,
    home: namespace,
    address: entryAddress(environment.loadBalancer),
    proxies: proxyAddresses(environment.loadBalancer),
  };
  const pageFacts = { dashboardHost, pages, certificates: hostCertificates.length };
  if (consul === undefined) {
    return { fixed: staticConfig(facts), dynamic: dynamicConfig(pageFacts) };
  }
  const { endpoint, uiHost: host } = consul;
  return {
    fixed: pulumi
      .secret(consul.token)
      .apply((token) => staticConfig({ ...facts, consul: { endpoint, token } })),
    dynamic:
      host === undefined
        ? dynamicConfig(pageFacts)
        : pulumi
            .secret(consul.uiToken)
            .apply((token) => dynamicConfig({ ...pageFacts, consul: { host, endpoint, token } })),
  };
}

/** 0.9 of the memory limit, as GOMEMLIMIT takes it. */
function goMemoryLimit({ limits }: Resources): string {
  return `${Math.floor(mebibytes(limits.memory) * 0.9)}MiB`;
}

const probe = (path: string) => ({ httpGet: { path, port: "ping" } });
