import type { Apps, Workload } from "../../environment/contracts";
import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import type { Section } from "../../lib/statusSection";
import { REPLICAS_ANNOTATION } from "../backups/scale";

/** How many pods a Deployment or StatefulSet has. */
export interface Pods {
  ready: number;
  wanted: number;
  /** A restore has stopped it. */
  isStopped: boolean;
}

/** All of a cluster, by what `key` makes of them. */
export type Workloads = ReadonlyMap<string, Pods>;

interface Controller extends KubernetesObject {
  spec: { replicas?: number };
  status?: { readyReplicas?: number };
}

/**
 * Asks the API for all Deployments and StatefulSets at once.
 * @throws OperatorError when it does not answer.
 */
export async function readWorkloads(api: Pick<Kubectl, "list">): Promise<Workloads> {
  const found = await api.list<Controller>("deployments,statefulsets", {});
  return new Map(
    found.map(({ kind, metadata, spec, status }) => [
      key({ kind, namespace: metadata.namespace ?? "", name: metadata.name }),
      {
        ready: status?.readyReplicas ?? 0,
        wanted: spec.replicas ?? 1,
        isStopped: metadata.annotations?.[REPLICAS_ANNOTATION] !== undefined,
      },
    ]),
  );
}

/** How many are ready of how many, such as 3/3. */
export function podsReady(
  workload: Workload | undefined,
  workloads: Workloads | undefined,
): string {
  if (workload === undefined) {
    return "-";
  }
  if (workloads === undefined) {
    return "unknown";
  }
  const pods = workloads.get(key(workload));
  return pods === undefined ? "missing" : `${pods.ready}/${pods.wanted}`;
}

/**
 * What is not there, or has fewer pods ready than it should; once where two URLs lead to the same. It has no table: the
 * numbers stand in that of the applications.
 */
export function workloadsSection(
  urls: readonly Pick<Apps["urls"][number], "name" | "workload">[],
  workloads: Workloads | undefined,
  environment: string,
): Section {
  const seen = new Set<string>();
  const missing = urls.flatMap(({ name, workload }) => {
    if (workloads === undefined || workload === undefined || seen.has(key(workload))) {
      return [];
    }
    seen.add(key(workload));
    return judge(name, workload, workloads.get(key(workload)), environment);
  });
  return { text: "", missing, warnings: [] };
}

function judge(
  app: string,
  { kind, namespace, name }: Workload,
  pods: Pods | undefined,
  environment: string,
): string[] {
  const what = `${kind} ${name}`;
  const where = `namespace ${namespace}`;
  if (pods === undefined) {
    return [`${app} has no ${what} in ${where}: ${refreshAndUp(environment)}`];
  }
  const { ready, wanted, isStopped } = pods;
  if (isStopped) {
    return [
      `${app} is stopped by a restore (${what} in ${where}): ` +
        `when none is at work, make up STACK=apps ENV=${environment} starts it again`,
    ];
  }
  if (wanted === 0) {
    return [
      `${app} is stopped: ${what} in ${where} is to have no pods: ${refreshAndUp(environment)}`,
    ];
  }
  return ready >= wanted
    ? []
    : [
        `${app} has ${ready} of ${wanted} pods ready (${what}): ` +
          `kubectl --namespace ${namespace} get pods,events shows why`,
      ];
}

/** The commands that refresh, then update. Without a refresh Pulumi compares only with its own state, in which all is well. */
function refreshAndUp(environment: string): string {
  const commands = [
    `eval "$(make env ENV=${environment})"`,
    "pulumi --cwd apps refresh",
    `make up STACK=apps ENV=${environment}`,
  ];
  return `make up alone does not see that, so Pulumi is told to look first: ${commands.join(" && ")}`;
}

function key({ kind, namespace, name }: Record<keyof Workload, string>): string {
  return `${kind}/${namespace}/${name}`;
}
