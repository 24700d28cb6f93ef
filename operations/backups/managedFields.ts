import type { Kubectl, ManagedFields } from "../../kubernetes/kubectl";

/** Field manager of a restore: it changes fields of Pulumi's objects. */
export const MANAGER = "sitewright-restore";

/** An object with managed fields. */
export interface ManagedObject {
  kind: string;
  /** Empty for what is in no namespace. */
  namespace: string;
  name: string;
}

/**
 * Removes our field manager from an object. The last manager that changed a field owns it, and Pulumi would refuse to change
 * that field from then on. Does nothing when the object is gone.
 */
export async function dropManagedFields(
  api: Pick<Kubectl, "find" | "patch">,
  target: ManagedObject,
): Promise<void> {
  await changeManagedFields(api, target, (all) => all.filter(({ manager }) => manager !== MANAGER));
}

/**
 * Replaces an object's list of managed fields. Does nothing when the object is gone, when the list does not change, or when
 * the new list would be empty: an empty list makes the API forget all owners.
 *
 * @param change - Returns the new list, or the one it got where nothing is to be changed.
 * @returns Whether the list was replaced.
 * @throws OperatorError when the API does not answer, or the object has changed in between five times.
 */
export async function changeManagedFields(
  api: Pick<Kubectl, "find" | "patch">,
  { kind, namespace, name }: ManagedObject,
  change: (all: readonly ManagedFields[]) => readonly ManagedFields[],
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const found = await api.find(kind, { namespace, name });
    const { managedFields: all = [], resourceVersion } = found?.metadata ?? {};
    const changed = change(all);
    if (changed.length === 0 || JSON.stringify(changed) === JSON.stringify(all)) {
      return false;
    }
    const patch = [
      { op: "replace", path: "/metadata/managedFields", value: changed },
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ];
    try {
      await api.patch(kind, { namespace, name }, patch, MANAGER);
      return true;
    } catch (error) {
      // The object's controller may have changed it in between, as it does when pods start.
      if (attempt === 5) {
        throw error;
      }
    }
  }
}
