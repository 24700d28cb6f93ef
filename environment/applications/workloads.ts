import { mebibytes, memoryText } from "../schema/quantities";

/**
 * CPU in cores, memory, and what is written on the node's disk: logs and volumes that end with the pod. By Kubernetes' names, in the
 * notation of quantities.ts. A pod that writes more than the limits of its containers together is evicted.
 */
export type Amounts = Record<"cpu" | "memory" | "ephemeral-storage", string>;

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

/** Of a container that writes its log only: the kubelet keeps 50Mi of it by default, and rotates it some time after that. */
export const LOGS = { request: "16Mi", limit: "256Mi" };

/**
 * Requests and limits of a change in Consul. A Job cannot be changed: other resources would replace those that are done. So the
 * namespace's limits bound what it writes on disk.
 */
export const JOB_RESOURCES = {
  requests: { cpu: "20m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

/** Requests and limits of a task that writes its log only. */
export const TASK_RESOURCES: Resources = {
  requests: { ...JOB_RESOURCES.requests, "ephemeral-storage": LOGS.request },
  limits: { ...JOB_RESOURCES.limits, "ephemeral-storage": LOGS.limit },
};

/**
 * Requests and limits of backups and restores: one backup lies on the node's disk meanwhile.
 *
 * @param size - Of the volume of the backups, which one backup does not exceed.
 */
export function backupResources(size: string): Resources {
  const { requests, limits } = TASK_RESOURCES;
  const most = mebibytes(size) + mebibytes(limits["ephemeral-storage"]);
  return { requests, limits: { ...limits, "ephemeral-storage": memoryText(most) } };
}

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

/**
 * What is done for an application from time to time, with the one claim its backups are in.
 *
 * @param size - Of that claim.
 */
export function tasks(app: string, namespace: string, size: string): Workload {
  return { ...single(`${app}'s tasks`, namespace, [backupResources(size)], 1), replicas: TASKS };
}
