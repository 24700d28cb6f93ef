import type { Cluster } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import { workloads } from "../environment/workloads";
import { Refusal } from "../pulumi/refusal";

/**
 * Makes sure that the cluster, as it was last brought up, has what the applications need: a namespace or a storage class that
 * has been added to the environment since is not there yet. Its pods and volumes would wait for it until a timeout.
 *
 * @throws Refusal that names all that is missing.
 */
export function checkPrerequisites(
  environment: Pick<Environment, "apps" | "namespaces" | "stack">,
  cluster: Pick<Cluster, "clusterName" | "namespaces" | "storageClasses">,
): void {
  const { apps, stack } = environment;
  const missing = [
    ...absent("namespace", namespacesOf(environment), cluster.namespaces),
    ...absent("storage class", storageClassesOf(apps), cluster.storageClasses),
  ];
  if (missing.length > 0) {
    throw new Refusal(
      `The cluster ${cluster.clusterName} does not have yet what the applications need:\n` +
        missing.map((what) => `  - ${what}\n`).join("") +
        `Bring it up first: make up STACK=cluster ENV=${stack}   (or: cd cluster && pulumi up --stack ${stack})`,
    );
  }
}

/** Where applications run, and where the dashboard's account gets a role. */
function namespacesOf({ apps, namespaces }: Pick<Environment, "apps" | "namespaces">): string[] {
  return [
    ...workloads(apps).map(({ namespace }) => namespace),
    ...(apps.dashboard.namespaces ?? namespaces.map(({ name }) => name)),
  ];
}

function storageClassesOf({ consul, confluence }: Environment["apps"]): string[] {
  return [
    consul.storageClass,
    consul.backup.volume.storageClass,
    confluence.home.storageClass,
    confluence.database.storageClass,
    confluence.backup.volume.storageClass,
  ].filter((name) => name !== undefined);
}

function absent(kind: string, wanted: string[], there: string[]): string[] {
  return [...new Set(wanted)]
    .filter((name) => !there.includes(name))
    .map((name) => `${kind} ${name}`);
}
