import type { Environment } from "./schema";

/** CPU in cores and memory, in the notation of quantities.ts. */
export interface Amounts {
  cpu: string;
  memory: string;
}

/** Requests and limits of a container. */
export interface Resources {
  requests: Amounts;
  limits: Amounts;
}

/**
 * Requests and limits of each kind of container. The applications take them from here and the checks add them up, so that a check
 * notices a namespace's quota that is too small. Confluence's come from the environment.
 */
export const RESOURCES = {
  traefik: {
    requests: { cpu: "100m", memory: "64Mi" },
    limits: { cpu: "1", memory: "256Mi" },
  },
  whoami: {
    requests: { cpu: "10m", memory: "16Mi" },
    limits: { cpu: "200m", memory: "64Mi" },
  },
  consul: {
    requests: { cpu: "50m", memory: "96Mi" },
    limits: { cpu: "1", memory: "256Mi" },
  },
  postgres: {
    requests: { cpu: "500m", memory: "300Mi" },
    limits: { cpu: "1", memory: "1000Mi" },
  },
  adminer: {
    requests: { cpu: "10m", memory: "32Mi" },
    limits: { cpu: "200m", memory: "128Mi" },
  },
  dashboard: {
    requests: { cpu: "20m", memory: "64Mi" },
    limits: { cpu: "500m", memory: "256Mi" },
  },
  /** Tasks: backups, restores, a change in Consul. */
  task: {
    requests: { cpu: "20m", memory: "64Mi" },
    limits: { cpu: "500m", memory: "256Mi" },
  },
} as const satisfies Record<string, Resources>;

/** Pods a rolling update makes beside a Deployment's replicas (`maxSurge`), so that none of these is missing meanwhile. */
export const SURGE = 1;

/** Tasks of one application that run at the same time: one by the clock, one by hand. */
const TASKS = 2;

/** Pods that are alike, and the room they take in their namespace. */
export interface Workload {
  /** What they are, as a fault names it: a key of `apps`, or a part of one. */
  app: string;
  namespace: string;
  replicas: number;
  /** Pods beside `replicas` while it is updated. */
  surge: number;
  /** The figures of each container of one pod. */
  containers: readonly Resources[];
  /** Claims of volumes, all replicas together. */
  persistentVolumeClaims: number;
}

/** Everything the apps stack runs, for checks of quotas. Another application is another entry. */
export function workloads(apps: Environment["apps"]): Workload[] {
  const { ingress, whoami, outpost, consul, confluence, dashboard } = apps;
  return [
    deployment("ingress", ingress, RESOURCES.traefik),
    deployment("whoami", whoami, RESOURCES.whoami),
    ...(outpost === undefined ? [] : [deployment("outpost", outpost, RESOURCES.whoami)]),
    {
      ...single("consul", consul.namespace, [RESOURCES.consul]),
      replicas: consul.replicas,
      persistentVolumeClaims: consul.replicas,
    },
    tasks("consul's tasks", consul.namespace),
    {
      ...single("confluence's database", confluence.namespace, [
        RESOURCES.postgres,
        RESOURCES.adminer,
      ]),
      persistentVolumeClaims: 1,
    },
    {
      ...single("confluence", confluence.namespace, [
        { requests: confluence.requests, limits: confluence.limits },
      ]),
      persistentVolumeClaims: 1,
    },
    tasks("confluence's tasks", confluence.namespace),
    deployment("dashboard", { ...dashboard, replicas: 1 }, RESOURCES.dashboard),
  ];
}

/** Pods with one container and no volume. An update creates new pods before it deletes the old ones. */
function deployment(
  app: string,
  { namespace, replicas }: Pick<Workload, "namespace" | "replicas">,
  resources: Resources,
): Workload {
  return { ...single(app, namespace, [resources]), replicas, surge: SURGE };
}

/** One pod, which an update stops before it starts the next one. */
function single(app: string, namespace: string, containers: readonly Resources[]): Workload {
  return { app, namespace, replicas: 1, surge: 0, containers, persistentVolumeClaims: 0 };
}

/** What is done for an application from time to time, with the one claim its backups are in. */
function tasks(app: string, namespace: string): Workload {
  return {
    ...single(app, namespace, [RESOURCES.task]),
    replicas: TASKS,
    persistentVolumeClaims: 1,
  };
}
