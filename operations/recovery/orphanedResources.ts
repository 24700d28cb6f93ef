import type { PendingOperation, StateResource } from "../engine/exportedStack";

/** A resource that a killed update may have made in vCenter, and that the state does not have. */
export interface OrphanedResource {
  type: string;
  /** What finds it in vCenter: /datacenter/vm/folder/name in the inventory, a name, or the ID that the provider's import needs. */
  path: string;
  /** Name under which it is imported into the state. */
  name: string;
  /** URN of the provider that made it. */
  provider: string;
  /**
   * What is done with it. `keep`: it is complete, and is imported under its own name. `destroy`: it is imported and then destroyed.
   * `remove`: a role is removed in the vCenter itself, since the provider would import it only by its number.
   */
  fate: "keep" | "destroy" | "remove";
  /** The privileges of a role. */
  privileges?: string[];
}

/** Prefix for the name of a resource that was imported only to be destroyed. */
export const CUT_OFF = "cut-off-";

export const VIRTUAL_MACHINE = "vsphere:index/virtualMachine:VirtualMachine";
const FOLDER = "vsphere:index/folder:Folder";
const ROLE = "vsphere:index/role:Role";
const TAG_CATEGORY = "vsphere:index/tagCategory:TagCategory";
const TAG = "vsphere:index/tag:Tag";

/** The provider's error when it imports something that does not exist. */
export const NOT_THERE =
  /(vm|folder) '[^']*' not found|category name "[^"]*" not found|tag name "[^"]*" not found/;

/**
 * What an operation may have left in vCenter; undefined when it can simply be repeated.
 *
 * @param known - The resources of the state: a tag names its category by a number.
 */
export function orphanedResourceOf(
  operation: PendingOperation,
  datacenter: string,
  known: readonly StateResource[] = [],
): OrphanedResource | undefined {
  const { type, urn, provider = "", inputs = {} } = operation.resource;
  if (operation.type !== "creating") {
    return undefined;
  }
  const common = { type, provider: provider.split("::").slice(0, -1).join("::") };
  const own = urn.split("::").at(-1) ?? "";
  const name = String(inputs.name);
  switch (type) {
    case VIRTUAL_MACHINE: {
      const path = ["", datacenter, "vm", inputs.folder, name].join("/");
      return { ...common, path, name: `${CUT_OFF}${name}`, fate: "destroy" };
    }
    case FOLDER: {
      const path = `/${datacenter}/vm/${String(inputs.path)}`;
      return { ...common, path, name: own, fate: "keep" };
    }
    case TAG_CATEGORY:
      return { ...common, path: name, name: own, fate: "keep" };
    case TAG: {
      const category = known.find(
        (one) => one.type === TAG_CATEGORY && one.id === inputs.categoryId,
      );
      // Without its category there is no tag.
      return category === undefined
        ? undefined
        : {
            ...common,
            path: JSON.stringify({ category_name: category.inputs?.name, tag_name: name }),
            name: own,
            fate: "keep",
          };
    }
    case ROLE:
      return {
        ...common,
        path: name,
        name: own,
        fate: "remove",
        privileges: (inputs.rolePrivileges ?? []) as string[],
      };
    default:
      return undefined;
  }
}

/** The inputs that find and identify a resource in vCenter; others may be secret. */
export function placeOf(inputs: Record<string, unknown> = {}): Record<string, unknown> {
  const { name, folder, path, categoryId, rolePrivileges, clone } = inputs;
  return { name, folder, path, categoryId, rolePrivileges, clone };
}
