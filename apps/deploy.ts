import * as pulumi from "@pulumi/pulumi";

import type { Apps, Credentials } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import { ownFields } from "../kubernetes/ownFields";
import { fingerprintOf } from "../lib/certificateFingerprint";
import { clusterProvider } from "../pulumi/clusterProvider";
import { readEnvironment, readOwnCertificate } from "../pulumi/config";
import { readCluster } from "../pulumi/stackReferences";
import { CertificateAuthority } from "./certificates/authority";
import { Confluence } from "./confluence/confluence";
import { ConfluenceBackup } from "./confluence/confluenceBackup";
import { Database } from "./confluence/database";
import { Consul } from "./consul/consul";
import { PORTS as CONSUL_PORTS } from "./consul/consulNames";
import { Dashboard } from "./dashboard/dashboard";
import { INGRESS_LABELS, Traefik } from "./ingress/traefik";
import { LostNodes } from "./lostNodes";
import { outpostPages } from "./outpost/outpost";
import { checkPrerequisites } from "./prerequisites";
import { Whoami } from "./whoami/whoami";

/** What the stack exports: the contract `apps`, and what was generated for people. */
export interface Outputs {
  apps: pulumi.Output<Apps>;
  credentials: pulumi.Output<Credentials>;
}

/**
 * Installs the ingress and the applications of the current stack in the cluster of the stack cluster.
 *
 * @throws Refusal, before anything is touched, when the environment has faults, or the cluster is not up or lacks what is needed.
 */
export async function deploy(): Promise<Outputs> {
  const environment = readEnvironment();
  const ownCertificate = readOwnCertificate(environment);
  const cluster = await readCluster();
  checkPrerequisites(environment, cluster);
  const { clusterName, kubeconfig } = cluster;
  const provider = clusterProvider("cluster", { clusterName, kubeconfig });
  const opts = { providers: [provider], transformations: [ownFields] };
  const { ingress, whoami, outpost, consul, confluence, dashboard } = environment.apps;

  const ca = new CertificateAuthority("ingress-ca", { domain: ingress.domain });
  const publicCertificate =
    ownCertificate ?? ca.issue("confluence-certificate", [confluence.publicHost.name]);
  const publicFingerprint = publicCertificate.chain.apply(fingerprintOf);
  const store = new Consul(
    "consul",
    {
      environment,
      clients: [{ namespace: ingress.namespace, podLabels: INGRESS_LABELS }],
      certificates: [publicCertificate],
    },
    opts,
  );
  const traefik = new Traefik(
    "traefik",
    {
      environment,
      certificate: ca.wildcard,
      namespaces: served(environment),
      pages: outpostPages(environment),
      consul: {
        namespace: store.namespace,
        podLabels: store.podLabels,
        podPort: CONSUL_PORTS.https,
        endpoint: store.endpoint,
        ca: store.ca,
        clientCertificate: store.clientCertificate,
        token: store.traefikToken,
        uiToken: store.uiToken,
        ready: store.ready,
      },
    },
    opts,
  );

  const firstApp = new Whoami("whoami", { environment, ingress: traefik, app: "whoami" }, opts);
  const elsewhere =
    outpost === undefined
      ? []
      : [new Whoami("outpost", { environment, ingress: traefik, app: "outpost" }, opts)];
  const database = new Database("confluence-database", { environment, ingress: traefik }, opts);
  const wiki = new Confluence("confluence", { environment, ingress: traefik, database }, opts);
  const wikiBackup = new ConfluenceBackup("confluence-backup", { environment, database }, opts);
  const page = new Dashboard("dashboard", { environment, ingress: traefik }, opts);

  new LostNodes("lost-nodes", {
    kubeconfig,
    before: [
      ...[provider, ca, store, traefik, firstApp, ...elsewhere],
      ...[database, wiki, wikiBackup, page],
    ],
  });

  const open = { answers: [200] };
  // Confluence sends a visitor on to its start page or its login.
  const wikiOpen = { answers: [200, 302] };
  return {
    apps: pulumi.output({
      urls: [
        {
          name: "whoami",
          url: firstApp.url,
          version: whoami.version,
          ...open,
          workload: firstApp.workload,
        },
        ...elsewhere.map(({ url, workload }) => ({
          name: "outpost",
          url,
          version: outpost?.version ?? "",
          ...open,
          workload,
        })),
        {
          name: "confluence",
          url: wiki.url,
          version: confluence.version,
          ...wikiOpen,
          workload: wiki.workload,
        },
        {
          name: "confluence, public",
          url: wiki.publicUrl,
          version: confluence.version,
          ...wikiOpen,
          certificateSha256: publicFingerprint,
          workload: wiki.workload,
        },
        {
          name: "confluence's database",
          url: database.adminerUrl,
          version: confluence.database.version,
          ...open,
          workload: database.workload,
        },
        {
          name: "dashboard",
          url: page.url,
          version: dashboard.version,
          ...open,
          workload: page.workload,
        },
        {
          name: "traefik",
          url: traefik.url,
          version: ingress.traefikVersion,
          answers: [401],
          workload: traefik.workload,
        },
        {
          name: "consul",
          url: traefik.url.apply(() => `https://${consul.uiHost}/`),
          version: consul.version,
          answers: [401],
          workload: store.workload,
        },
      ],
      ingressCaCertificate: ca.certificate,
      internalCertificates: store.expiries,
      backups: [store.backup.summary, wikiBackup.summary],
      kvCertificates: {
        namespace: store.namespace,
        job: store.kvCertificates.job,
        certificates: [{ host: confluence.publicHost.name, sha256: publicFingerprint }],
      },
      dashboard: {
        namespace: page.namespace,
        serviceAccount: page.serviceAccount,
        url: page.url,
        tokenSeconds: dashboard.tokenSeconds,
      },
    }),
    credentials: pulumi.secret([
      {
        name: "Traefik's dashboard and Consul's UI",
        user: traefik.operator.user,
        secret: traefik.operator.password,
      },
      {
        name: "Adminer, Confluence's database",
        user: database.administrator.user,
        secret: database.administrator.password,
      },
    ]),
  };
}

/** Namespaces whose routes the ingress serves. */
function served({ apps }: Pick<Environment, "apps">): string[] {
  const { whoami, confluence, dashboard } = apps;
  return [...new Set([whoami, confluence, dashboard].map(({ namespace }) => namespace))];
}
