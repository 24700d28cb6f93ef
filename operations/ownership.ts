import type { Kubectl } from "./kubectl";

/** Who changes fields of Pulumi's objects during a restore. */
export const MANAGER = "sitewright-restore";

/**
 * Takes our name off the fields of an object: who changed a field last owns it, and Pulumi would refuse to change it ever
 * after. Does nothing when the object is gone.
 */
export async function disown(
  api: Pick<Kubectl, "find" | "patch">,
  { kind, namespace, name }: { kind: string; namespace: string; name: string },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const found = await api.find(kind, { namespace, name });
    const { managedFields: all = [], resourceVersion } = found?.metadata ?? {};
    const others = all.filter(({ manager }) => manager !== MANAGER);
    // An empty list would make the API forget all owners.
    if (others.length === 0 || others.length === all.length) {
      return;
    }
    const patch = [
      { op: "replace", path: "/metadata/managedFields", value: others },
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ];
    try {
      return await api.patch(kind, { namespace, name }, patch, MANAGER);
    } catch (error) {
      // Its controller has changed it in between, as it does when pods start.
      if (attempt === 5) {
        throw error;
      }
    }
  }
}
