import type { PendingOperation, StateResource } from "../engine/exportedStack";

/** Something that a killed update may have made in vCenter without the state knowing of it. */
export interface OrphanedResource {
  type: string;
  /** How vCenter finds it: /datacenter/vm/folder/name in its inventory, a name, or what the provider's import asks for. */
  path: string;
  /** Name under which it is taken into the state. */
  name: string;
  /** URN of the provider that made it. */
  provider: string;
  /**
   * What becomes of it. What is as good as new is kept in the state under its own name; else it is taken into the state and
   * destroyed there. A role is removed at the vCenter itself: the provider would import it only by its number.
   */
  fate: "keep" | "destroy" | "remove";
  /** Of a role. */
  privileges?: string[];
}

/** Begins the name of what was taken into the state only to be destroyed. */
export const CUT_OFF = "cut-off-";

export const VIRTUAL_MACHINE = "vsphere:index/virtualMachine:VirtualMachine";
const FOLDER = "vsphere:index/folder:Folder";
const ROLE = "vsphere:index/role:Role";
const TAG_CATEGORY = "vsphere:index/tagCategory:TagCategory";
const TAG = "vsphere:index/tag:Tag";

/** What the provider says of an import of something that is not there. */
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

/** The inputs by which something made in vCenter is found again, and known; others may be secret. */
export function placeOf(inputs: Record<string, unknown> = {}): Record<string, unknown> {
  const { name, folder, path, categoryId, rolePrivileges, clone } = inputs;
  return { name, folder, path, categoryId, rolePrivileges, clone };
}
