import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Service } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import { fromPods } from "../../kubernetes/networkPolicies";
import { sha256 } from "../../lib/digests/sha256";
import { Route } from "../ingress/route";
import type { Traefik } from "../ingress/traefik";
import { claim } from "../volumes";
import { prepareHomeScript, serverXml } from "./confluenceFiles";
import { confluencePod } from "./confluencePod";
import type { Database } from "./database";
import { CONFLUENCE_SERVICE, CONFLUENCE_SET, LABELS, PORTS } from "./names";
import type { ConfluenceSettings } from "./settings";
import { SETUP_PATHS } from "./setupPaths";

/** Where Confluence runs, by whom it is reached, and where its pages are. */
export interface ConfluenceArgs {
  environment: Pick<Environment, "namespaces" | "stack" | "zones">;
  settings: ConfluenceSettings;
  ingress: Traefik;
  database: Database;
}

/** Seconds, beside those of the start: pulling the image, waiting for the volume and the database. */
const AROUND_START = 600;

/**
 * Confluence under two hosts: one of the ingress' domain, and the public one, which is the address it gives itself. Pages of
 * setup and restore are out of reach unless the environment opens them.
 */
export class Confluence extends pulumi.ComponentResource {
  /** Where it answers inside the ingress' domain. Known when it does. */
  readonly url: pulumi.Output<string>;
  /** The address people use, whose certificate comes through Consul's KV store. */
  readonly publicUrl: pulumi.Output<string>;
  /** Claim of the local home's volume. */
  readonly homeClaim: pulumi.Output<string>;
  /** What keeps its pod. */
  readonly workload: Workload;

  constructor(name: string, args: ConfluenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Confluence", name, {}, opts);
    const own = { parent: this };
    const { environment, settings, ingress, database } = args;
    const { namespace, host, publicHost, home, setupIsOpen, startSeconds } = settings;
    const labels = LABELS.confluence;
    const metadata = { name: CONFLUENCE_SET, namespace, labels };
    this.workload = { kind: "StatefulSet", namespace, name: CONFLUENCE_SET };

    const files = {
      "server.xml": serverXml({ host: publicHost.name }),
      "prepare.sh": prepareHomeScript(),
    };
    const config = new ConfigMap(`${name}-files`, { metadata, data: files }, own);
    const volume = claim(
      `${name}-home`,
      { metadata: { ...metadata, name: "pvc-confluence-apps" }, spec: home },
      own,
    );
    this.homeClaim = volume.metadata.name;
    const policy = new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [fromPods(ingress, PORTS.confluence)],
          egress: [
            {
              to: [{ podSelector: { matchLabels: LABELS.database } }],
              ports: [{ port: PORTS.postgres }],
            },
          ],
        },
      },
      own,
    );
    const pods = new StatefulSet(
      `${name}-pods`,
      {
        metadata: {
          ...metadata,
          annotations: { "pulumi.com/timeoutSeconds": `${startSeconds + AROUND_START}` },
        },
        spec: {
          // As for the database: never two on one home. More than one needs a license of Data Center's cluster, a shared home
          // and sessions that stay with a pod.
          replicas: 1,
          serviceName: CONFLUENCE_SERVICE,
          podManagementPolicy: "Parallel",
          selector: { matchLabels: labels },
          template: confluencePod({
            environment,
            settings,
            claimName: volume.metadata.name,
            secretName: database.secretName,
            configMapName: config.metadata.name,
            annotations: {
              "sitewright/configuration": sha256(...Object.values(files)),
              "sitewright/secret": database.secretHash,
            },
          }),
        },
      },
      pulumi.mergeOptions(own, { dependsOn: [policy, ...database.ready] }),
    );
    // No PodDisruptionBudget: of a single pod it would only keep its node from being drained.
    const service = new Service(
      `${name}-service`,
      {
        metadata: { ...metadata, name: CONFLUENCE_SERVICE },
        spec: {
          selector: labels,
          ports: [{ name: "apache", port: PORTS.confluence, targetPort: "http" }],
        },
      },
      // The plugin waits ten minutes for a Service's pods, which a first start may exceed.
      pulumi.mergeOptions(own, { dependsOn: pods }),
    );
    const route = new Route(
      "confluence-https",
      {
        ingress,
        namespace,
        hosts: [host, publicHost.name],
        service: CONFLUENCE_SERVICE,
        port: PORTS.confluence,
        blocked: setupIsOpen ? [] : SETUP_PATHS,
        after: [service],
      },
      own,
    );
    this.url = route.url;
    this.publicUrl = route.url.apply(() => `https://${publicHost.name}/`);
    this.registerOutputs({ url: this.url, publicUrl: this.publicUrl });
  }
}
