import { volumesOf } from "../environment/applications/exposed";
import type { Cluster } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import { Refusal } from "../pulumi/refusal";

type Site = Pick<Environment, "applications" | "namespaces" | "stack">;

/**
 * Makes sure that the cluster, as it was last brought up, has what the applications need: a namespace or a storage class that
 * has been added to the environment since is not there yet. Its pods and volumes would wait for it until a timeout.
 *
 * @throws Refusal that names all that is missing.
 */
export function checkPrerequisites(
  site: Site,
  cluster: Pick<Cluster, "clusterName" | "namespaces" | "storageClasses">,
): void {
  const { stack } = site;
  const missing = [
    ...absent("namespace", namespacesOf(site), cluster.namespaces),
    ...absent("storage class", storageClassesOf(site), cluster.storageClasses),
  ];
  if (missing.length > 0) {
    throw new Refusal(
      `The cluster ${cluster.clusterName} does not have yet what the applications need:\n` +
        missing.map((what) => `  - ${what}\n`).join("") +
        `Bring it up first: make up STACK=cluster ENV=${stack}   (or: cd cluster && pulumi up --stack ${stack})`,
    );
  }
}

/** Where applications run, and where else they have objects. */
function namespacesOf({ applications, namespaces }: Site): string[] {
  return applications.flatMap(({ namespace, namespaces: others, entry }) => [
    namespace,
    ...(entry === undefined ? [] : [entry.routes.namespace]),
    ...(others === "all" ? namespaces.map(({ name }) => name) : (others?.names ?? [])),
  ]);
}

function storageClassesOf(site: Site): string[] {
  return volumesOf(site)
    .map(({ volume }) => volume.storageClass)
    .filter((name) => name !== undefined);
}

function absent(kind: string, wanted: readonly string[], there: readonly string[]): string[] {
  return [...new Set(wanted)]
    .filter((name) => !there.includes(name))
    .map((name) => `${kind} ${name}`);
}
