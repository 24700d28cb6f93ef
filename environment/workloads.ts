import type { Environment } from "./schema";

/** CPU in cores and memory, in the notation of quantities.ts. */
export interface Amounts {
  cpu: string;
  memory: string;
}

/** What a container is promised and what it may not exceed. */
export interface Resources {
  requests: Amounts;
  limits: Amounts;
}

/**
 * The figures of each application's containers. The application takes its own from here and the checks add them up, so
 * that a namespace's quota cannot be too small without anybody noticing.
 */
export const RESOURCES = {
  ingress: {
    requests: { cpu: "100m", memory: "64Mi" },
    limits: { cpu: "1", memory: "256Mi" },
  },
  whoami: {
    requests: { cpu: "10m", memory: "16Mi" },
    limits: { cpu: "200m", memory: "64Mi" },
  },
} as const satisfies Record<keyof Environment["apps"], Resources>;

/** Pods a rolling update makes beside a Deployment's replicas (`maxSurge`), so that none of these is missing meanwhile. */
export const SURGE = 1;

/** Pods that are alike, and the room they take in their namespace. */
export interface Workload {
  /** Key of the application in `apps`. */
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
export function workloads({ ingress, whoami }: Environment["apps"]): Workload[] {
  return [deployment("ingress", ingress), deployment("whoami", whoami)];
}

/** An application that is one Deployment of pods with one container, and keeps nothing. */
function deployment(
  app: keyof typeof RESOURCES,
  { namespace, replicas }: Pick<Workload, "namespace" | "replicas">,
): Workload {
  return {
    app,
    namespace,
    replicas,
    surge: SURGE,
    containers: [RESOURCES[app]],
    persistentVolumeClaims: 0,
  };
}
