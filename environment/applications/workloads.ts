/** CPU in cores and memory, in the notation of quantities.ts. */
export type Amounts = Record<"cpu" | "memory", string>;

/** Requests and limits of a container. */
export interface Resources {
  requests: Amounts;
  limits: Amounts;
}

/** Pods that are alike, and the room they take in their namespace. */
export interface Workload {
  /** What they are, as a fault names it: an application, or a part of one. */
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

/** Requests and limits of tasks: backups, restores, a change in Consul. */
export const TASK_RESOURCES: Resources = {
  requests: { cpu: "20m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

/** Pods a rolling update makes beside a Deployment's replicas (`maxSurge`), so that none of these is missing meanwhile. */
export const SURGE = 1;

/** Tasks of one application that run at the same time: one by the clock, one by hand. */
const TASKS = 2;

/** Pods with one container and no volume. An update creates new pods before it deletes the old ones. */
export function deployment(
  app: string,
  { namespace, replicas }: Pick<Workload, "namespace" | "replicas">,
  resources: Resources,
): Workload {
  return { ...single(app, namespace, [resources]), replicas, surge: SURGE };
}

/** One pod, which an update stops before it starts the next one. */
export function single(
  app: string,
  namespace: string,
  containers: readonly Resources[],
  persistentVolumeClaims = 0,
): Workload {
  return { app, namespace, replicas: 1, surge: 0, containers, persistentVolumeClaims };
}

/** What is done for an application from time to time, with the one claim its backups are in. */
export function tasks(app: string, namespace: string): Workload {
  return { ...single(`${app}'s tasks`, namespace, [TASK_RESOURCES], 1), replicas: TASKS };
}
