import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { placement } from "../pods";
import {
  ALIVE,
  DATA_FOLDER,
  FILES_FOLDER,
  READY,
  RECOVERY_SECONDS,
  serverCommand,
  SOCKET_FOLDER,
  STOP,
  VOLUME_FOLDER,
} from "./databaseFiles";
import { LABELS, PORTS } from "./names";
import {
  ADMINER_RESOURCES,
  adminerImage,
  type ConfluenceSettings,
  DATABASE_RESOURCES,
  postgresImage,
} from "./settings";

/** What the database's pod is made of. */
export interface DatabasePodArgs {
  environment: Pick<Environment, "namespaces" | "zones">;
  settings: ConfluenceSettings;
  claimName: pulumi.Input<string>;
  secretName: pulumi.Input<string>;
  configMapName: pulumi.Input<string>;
  /** Annotations of the pod: a change of them replaces the pod. */
  annotations: Record<string, pulumi.Input<string>>;
}

/** User and group postgres of PostgreSQL's image. */
const UID = 999;

/** Seconds between two looks at a server that starts. */
const START_PERIOD = 2;

/** PostgreSQL, prepared by a container of its own, and Adminer. */
export function databasePod(args: DatabasePodArgs): types.input.core.v1.PodTemplateSpec {
  const { environment, settings, claimName, secretName, configMapName, annotations } = args;
  const { namespace, database } = settings;
  const postgres = {
    image: postgresImage(database),
    env: [{ name: "PGDATA", value: DATA_FOLDER }],
    resources: DATABASE_RESOURCES,
    securityContext: hardenedContainer,
    volumeMounts: [
      { name: "data", mountPath: VOLUME_FOLDER },
      { name: "files", mountPath: FILES_FOLDER, readOnly: true },
      { name: "socket", mountPath: SOCKET_FOLDER },
      { name: "tmp", mountPath: "/tmp" },
      { name: "shared-memory", mountPath: "/dev/shm" },
    ],
  };
  return {
    metadata: { labels: LABELS.database, annotations },
    spec: {
      ...placement(environment, namespace, LABELS.database),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        ...hardenedPod,
        runAsUser: UID,
        runAsGroup: UID,
        fsGroup: UID,
        fsGroupChangePolicy: "OnRootMismatch",
      },
      // For the checkpoint of a fast stop. What it does not write in time is recovered from the log at the next start.
      terminationGracePeriodSeconds: 120,
      initContainers: [
        {
          ...postgres,
          name: "prepare",
          command: ["sh", `${FILES_FOLDER}/prepare.sh`],
          env: [
            ...postgres.env,
            ...["POSTGRES_USER", "POSTGRES_PASSWORD", "ATL_JDBC_PASSWORD"].map((key) => ({
              name: key,
              valueFrom: { secretKeyRef: { name: secretName, key } },
            })),
          ],
        },
      ],
      containers: [
        {
          ...postgres,
          name: "postgres",
          command: serverCommand(),
          ports: [{ name: "postgres", containerPort: PORTS.postgres }],
          lifecycle: { preStop: { exec: { command: STOP } } },
          startupProbe: {
            exec: { command: READY },
            timeoutSeconds: 5,
            periodSeconds: START_PERIOD,
            failureThreshold: RECOVERY_SECONDS / START_PERIOD,
          },
          readinessProbe: { exec: { command: READY }, timeoutSeconds: 5, periodSeconds: 10 },
          livenessProbe: {
            exec: { command: ALIVE },
            timeoutSeconds: 5,
            periodSeconds: 20,
            failureThreshold: 6,
          },
        },
        {
          name: "adminer",
          image: adminerImage(database.adminerVersion),
          env: [{ name: "ADMINER_DEFAULT_SERVER", value: "127.0.0.1" }],
          ports: [{ name: "adminer", containerPort: PORTS.adminer }],
          resources: ADMINER_RESOURCES,
          // Another user than the one the data belongs to.
          securityContext: {
            ...hardenedContainer,
            runAsUser: hardenedPod.runAsUser,
            runAsGroup: hardenedPod.runAsGroup,
          },
          readinessProbe: {
            httpGet: { path: "/", port: "adminer" },
            timeoutSeconds: 5,
            periodSeconds: 10,
          },
          // Not its page: it answers one request at a time, and an export may take minutes.
          livenessProbe: {
            tcpSocket: { port: "adminer" },
            timeoutSeconds: 5,
            periodSeconds: 20,
            failureThreshold: 3,
          },
          volumeMounts: [{ name: "adminer-tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName } },
        { name: "files", configMap: { name: configMapName } },
        { name: "socket", emptyDir: { sizeLimit: "1Mi" } },
        { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
        // For parallel queries; what is in it counts as the container's memory. A container's own is 64 MiB.
        { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
        { name: "adminer-tmp", emptyDir: { sizeLimit: "64Mi" } },
      ],
    },
  };
}
