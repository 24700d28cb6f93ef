import { z } from "zod";

import type { Environment } from "../../environment/schema";
import { Refusal } from "../../pulumi/refusal";
import { readStackResources, type StackResource } from "../../pulumi/stackResources";
import type { PreviousOutputs } from "./previousOutputs";

/**
 * Refuses to delete a namespace that has objects of the stack apps: they would go with it, volumes and backups too, before apps is asked.
 * A rename is such a deletion. The long state of apps is read only if a namespace is no longer listed.
 *
 * @throws Refusal with all such namespaces.
 */
export async function refuseLostNamespaces(
  { namespaces, stack }: Pick<Environment, "namespaces" | "stack">,
  { namespaces: recorded = [] }: PreviousOutputs,
): Promise<void> {
  const gone = recorded.filter((name) => !namespaces.some((one) => one.name === name));
  if (gone.length === 0) {
    return;
  }
  const apps = await readStackResources("apps");
  const objects = apps.kind === "read" ? apps.resources.flatMap(namespaceOf) : [];
  const faults = gone.flatMap((name) => {
    const there = objects.filter((namespace) => namespace === name).length;
    return apps.kind === "unreadable"
      ? [`${name}: whether the stack apps has something there cannot be read: ${apps.why}`]
      : there === 0
        ? []
        : [`${name}: the stack apps has ${there === 1 ? "an object" : `${there} objects`} there`];
  });
  if (faults.length > 0) {
    throw new Refusal(
      `Pulumi.${stack}.yaml lists namespaces no longer, which are deleted with everything in them, volumes too. Nothing was touched.\n` +
        `${faults.map((fault) => `  site:namespaces, ${fault}\n`).join("")}` +
        `No namespace changes its name. List them again; or take their applications out of site:apps first, and run make up ENV=${stack} before they go`,
    );
  }
}

const objectSchema = z.object({ metadata: z.object({ namespace: z.string() }) });

function namespaceOf({ type, outputs }: StackResource): string[] {
  const object = objectSchema.safeParse(outputs);
  return type.startsWith("kubernetes:") && object.success ? [object.data.metadata.namespace] : [];
}
