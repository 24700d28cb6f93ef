import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";

import type { Workload } from "../../environment/contracts";
import type { Environment } from "../../environment/schema";
import { fromPods } from "../../kubernetes/networkPolicies";
import { sha256 } from "../../lib/digests/sha256";
import { Route } from "../ingress/route";
import type { Traefik } from "../ingress/traefik";
import { claim } from "../volumes";
import { HBA, prepareScript } from "./databaseFiles";
import { databasePod } from "./databasePod";
import { DATABASE, DATABASE_SERVICE, DATABASE_SET, LABELS, PORTS, ROLE, SUPERUSER } from "./names";
import type { ConfluenceSettings } from "./settings";

/** Where the database runs and by whom its page is reached. */
export interface DatabaseArgs {
  environment: Pick<Environment, "namespaces" | "stack" | "zones">;
  settings: ConfluenceSettings;
  ingress: Traefik;
}

/** Characters that mean nothing to a URL, XML, SQL or a shell. 40 of them are 238 bits. */
const PASSWORD = { length: 40, special: false };

/**
 * Confluence's PostgreSQL, with Adminer beside it as its page for administrators. Clients are Confluence and the tasks that
 * save and restore it; Adminer is reached through the ingress and asks for the name and password of a role.
 *
 * Connections are not encrypted: they stay inside the pod network of one zone, policies let in no other pods, and passwords
 * cross it as SCRAM proofs only.
 */
export class Database extends pulumi.ComponentResource {
  /** Depend on it to begin when the database answers; on the whole of it only to begin when its page does, by the ingress. */
  readonly ready: pulumi.Resource[];
  /** Adminer. Known when it answers. */
  readonly adminerUrl: pulumi.Output<string>;
  /** Name of the Secret with the addresses, names and passwords. */
  readonly secretName: pulumi.Output<string>;
  /** Changes with the content of that Secret: for the annotation of pods that read it. */
  readonly secretHash: pulumi.Output<string>;
  /** What an administrator logs in to Adminer with. */
  readonly administrator: { user: string; password: pulumi.Output<string> };
  /** What keeps its pod. */
  readonly workload: Workload;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Database", name, {}, opts);
    const own = { parent: this };
    const { environment, settings, ingress } = args;
    const { namespace, database } = settings;
    const labels = LABELS.database;
    const metadata = { name: DATABASE_SET, namespace, labels };
    this.workload = { kind: "StatefulSet", namespace, name: DATABASE_SET };

    const keepers = { generation: `${database.passwordGeneration}` };
    const superuser = new RandomPassword(
      `${name}-superuser-password`,
      { ...PASSWORD, keepers },
      own,
    );
    const role = new RandomPassword(`${name}-password`, { ...PASSWORD, keepers }, own);
    const secret = new Secret(
      `${name}-secret`,
      {
        metadata: { ...metadata, name: `sec-${environment.stack}-confluencedb` },
        stringData: {
          POSTGRES_USER: SUPERUSER,
          POSTGRES_PASSWORD: superuser.result,
          POSTGRES_DB: DATABASE,
          ATL_JDBC_URL: `jdbc:postgresql://${DATABASE_SERVICE}:${PORTS.postgres}/${DATABASE}`,
          ATL_JDBC_USER: ROLE,
          ATL_JDBC_PASSWORD: role.result,
        },
      },
      own,
    );
    this.secretName = secret.metadata.name;
    // The hash of 40 random characters reveals nothing.
    this.secretHash = pulumi.unsecret(
      pulumi.all([superuser.result, role.result]).apply((passwords) => sha256(...passwords)),
    );
    this.administrator = { user: SUPERUSER, password: superuser.result };

    const files = { "pg_hba.conf": HBA, "prepare.sh": prepareScript() };
    const config = new ConfigMap(`${name}-files`, { metadata, data: files }, own);
    const volume = claim(
      `${name}-volume`,
      {
        metadata: { ...metadata, name: "pvc-confluence-db" },
        spec: { storageClass: database.storageClass, size: database.size },
      },
      own,
    );
    const policy = new NetworkPolicy(
      `${name}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [LABELS.confluence, LABELS.backup].map((matchLabels) => ({
                podSelector: { matchLabels },
              })),
              ports: [{ port: PORTS.postgres }],
            },
            fromPods(ingress, PORTS.adminer),
          ],
          // PostgreSQL opens no connections. Adminer would connect to any host that its user names.
          egress: [],
        },
      },
      own,
    );
    const pods = new StatefulSet(
      `${name}-pods`,
      {
        metadata,
        spec: {
          // Not a Deployment: when a node is lost that starts a second pod while the first may still write. The successor of
          // a StatefulSet's pod is made when the API knows that the pod is gone, so the volume never has two servers.
          replicas: 1,
          serviceName: DATABASE_SERVICE,
          // A pod that does not become ready is replaced by a corrected one without being deleted by hand.
          podManagementPolicy: "Parallel",
          selector: { matchLabels: labels },
          template: databasePod({
            environment,
            settings,
            claimName: volume.metadata.name,
            secretName: this.secretName,
            configMapName: config.metadata.name,
            annotations: {
              "sitewright/configuration": sha256(...Object.values(files)),
              "sitewright/secret": this.secretHash,
            },
          }),
        },
      },
      pulumi.mergeOptions(own, { dependsOn: policy }),
    );
    // No PodDisruptionBudget: of a single pod it would only keep its node from being drained.
    const service = new Service(
      `${name}-service`,
      {
        metadata: { ...metadata, name: DATABASE_SERVICE },
        spec: {
          selector: labels,
          // A pod is ready when all of its containers are; Adminer's troubles must not take the database from Confluence.
          publishNotReadyAddresses: true,
          ports: [
            { name: "postgre", port: PORTS.postgres, targetPort: "postgres" },
            { name: "adminer", port: PORTS.adminer, targetPort: "adminer" },
          ],
        },
      },
      own,
    );
    this.ready = [pods, service];
    const route = new Route(
      "confluencedb-admingui-https",
      {
        ingress,
        namespace,
        hosts: [database.adminerHost],
        service: DATABASE_SERVICE,
        port: PORTS.adminer,
        after: this.ready,
      },
      own,
    );
    this.adminerUrl = route.url;
    this.registerOutputs({ adminerUrl: this.adminerUrl });
  }
}
