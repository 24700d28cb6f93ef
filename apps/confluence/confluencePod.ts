import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { TASK_RESOURCES } from "../../environment/applications/workloads";
import type { Environment } from "../../environment/schema";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { placement } from "../pods";
import { folderOf } from "../volumes";
import { FILES_FOLDER, HOME_FOLDER, INSTALL_FOLDER } from "./confluenceFiles";
import {
  CONFLUENCE_UID,
  DATABASE,
  DATABASE_SERVICE,
  HOME_FOLDER_ON_SERVER,
  LABELS,
  PORTS,
} from "./names";
import { type ConfluenceSettings, postgresImage } from "./settings";

/** What Confluence's pod is made of. */
export interface ConfluencePodArgs {
  environment: Pick<Environment, "namespaces" | "stack" | "zones">;
  settings: ConfluenceSettings;
  claimName: pulumi.Input<string>;
  /** The database's Secret. */
  secretName: pulumi.Input<string>;
  configMapName: pulumi.Input<string>;
  /** Annotations of the pod: a change of them replaces the pod. */
  annotations: Record<string, pulumi.Input<string>>;
}

/** Seconds between two looks at a Confluence that starts. */
const START_PERIOD = 5;

/**
 * What the image gives its user to write below the installation; everything else there is root's, so that for this user a
 * read-only root takes away nothing but /tmp.
 */
const WRITABLE = ["logs", "temp", "work"];

/** Confluence, after a container of PostgreSQL's image has prepared its home. */
export function confluencePod(args: ConfluencePodArgs): types.input.core.v1.PodTemplateSpec {
  const { environment, settings, claimName, secretName, configMapName, annotations } = args;
  const { namespace, image, version, publicHost, jvm, home, requests, limits, startSeconds } =
    settings;
  const { database } = settings;
  const homeMount = {
    name: "home",
    mountPath: HOME_FOLDER,
    ...folderOf(home, environment.stack, HOME_FOLDER_ON_SERVER),
  };
  const fromSecret = (name: string, key = name) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const connection = ["ATL_JDBC_URL", "ATL_JDBC_USER", "ATL_JDBC_PASSWORD"].map((key) =>
    fromSecret(key),
  );
  return {
    metadata: { labels: LABELS.confluence, annotations },
    spec: {
      ...placement(environment, namespace, LABELS.confluence),
      automountServiceAccountToken: false,
      // Variables of a Service named confluence would read like the image's own.
      enableServiceLinks: false,
      securityContext: {
        ...hardenedPod,
        runAsUser: CONFLUENCE_UID,
        runAsGroup: CONFLUENCE_UID,
        fsGroup: CONFLUENCE_UID,
        fsGroupChangePolicy: "OnRootMismatch",
      },
      // SIGTERM stops Tomcat in order: from the image's tini to Java every step replaces itself by the next (exec) unless it
      // runs as root. Atlassian's chart calls the image's /shutdown-wait.sh instead, which does the same and waits.
      terminationGracePeriodSeconds: 90,
      initContainers: [
        {
          name: "prepare",
          image: postgresImage(database),
          command: ["sh", `${FILES_FOLDER}/prepare.sh`],
          env: [
            { name: "CONFLUENCE_HOME", value: HOME_FOLDER },
            { name: "PGHOST", value: DATABASE_SERVICE },
            { name: "PGDATABASE", value: DATABASE },
            { name: "PGCONNECT_TIMEOUT", value: "5" },
            fromSecret("PGUSER", "ATL_JDBC_USER"),
            fromSecret("PGPASSWORD", "ATL_JDBC_PASSWORD"),
            ...connection,
          ],
          resources: TASK_RESOURCES,
          securityContext: hardenedContainer,
          volumeMounts: [
            homeMount,
            { name: "files", mountPath: FILES_FOLDER, readOnly: true },
            { name: "tmp", mountPath: "/tmp" },
          ],
        },
      ],
      containers: [
        {
          name: "confluence",
          image: `${image}:${version}`,
          env: [
            { name: "ATL_PROXY_NAME", value: publicHost.name },
            { name: "ATL_PROXY_PORT", value: "443" },
            { name: "ATL_TOMCAT_SCHEME", value: "https" },
            { name: "ATL_TOMCAT_SECURE", value: "true" },
            { name: "ATL_DB_TYPE", value: "postgresql" },
            // Of PostgreSQL's 100 connections; the rest is for Adminer, backups and the next pod.
            { name: "ATL_DB_POOLMAXSIZE", value: "60" },
            ...connection,
            { name: "JVM_MINIMUM_MEMORY", value: `${jvm.minimumMiB}m` },
            { name: "JVM_MAXIMUM_MEMORY", value: `${jvm.maximumMiB}m` },
            // A Java without memory ends and is started again, instead of going on half dead.
            { name: "JVM_SUPPORT_RECOMMENDED_ARGS", value: "-XX:+ExitOnOutOfMemoryError" },
          ],
          ports: [{ name: "http", containerPort: PORTS.confluence }],
          resources: { requests, limits },
          securityContext: hardenedContainer,
          startupProbe: {
            ...status,
            periodSeconds: START_PERIOD,
            failureThreshold: Math.ceil(startSeconds / START_PERIOD),
          },
          readinessProbe: { ...status, periodSeconds: 5, failureThreshold: 2 },
          // Not /status, which says ERROR while the database is away: a restart mends no database.
          livenessProbe: {
            tcpSocket: { port: "http" },
            timeoutSeconds: 5,
            periodSeconds: 20,
            failureThreshold: 6,
          },
          volumeMounts: [
            homeMount,
            {
              name: "files",
              mountPath: `${INSTALL_FOLDER}/conf/server.xml`,
              subPath: "server.xml",
              readOnly: true,
            },
            ...WRITABLE.map((folder) => ({
              name: folder,
              mountPath: `${INSTALL_FOLDER}/${folder}`,
            })),
            { name: "tmp", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        { name: "home", persistentVolumeClaim: { claimName } },
        { name: "files", configMap: { name: configMapName } },
        ...[...WRITABLE, "tmp"].map((folder) => ({
          name: folder,
          emptyDir: { sizeLimit: "1Gi" },
        })),
      ],
    },
  };
}

/** {"state":"RUNNING"} with code 200; 503 while it starts, 500 in state ERROR. */
const status = { httpGet: { path: "/status", port: "http" }, timeoutSeconds: 5 };
