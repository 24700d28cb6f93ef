import type { Kubectl, ManagedFields } from "../../kubernetes/kubectl";

/** Who changes fields of Pulumi's objects during a restore. */
export const MANAGER = "sitewright-restore";

/** One object. */
export interface ManagedObject {
  kind: string;
  /** Empty for what is in no namespace. */
  namespace: string;
  name: string;
}

/**
 * Takes our name off the fields of an object: who changed a field last owns it, and Pulumi would refuse to change it ever
 * after. Does nothing when the object is gone.
 */
export async function dropManagedFields(
  api: Pick<Kubectl, "find" | "patch">,
  target: ManagedObject,
): Promise<void> {
  await changeManagedFields(api, target, (all) => all.filter(({ manager }) => manager !== MANAGER));
}

/**
 * Replaces the list of who owns which fields of an object. Does nothing when the object is gone, when the list stays as
 * long and as it is, or when nothing would be left of it: an empty list makes the API forget all owners.
 *
 * @param change - Gives the new list, or the one it got where nothing is to be changed.
 * @returns Whether it was replaced.
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
      // Its controller has changed it in between, as it does when pods start.
      if (attempt === 5) {
        throw error;
      }
    }
  }
}
