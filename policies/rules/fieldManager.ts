import { FIELD_MANAGER, FIELD_MANAGER_ANNOTATION } from "../../kubernetes/fieldManager";
import { kindOf } from "./pods";
import type { Finding, ResourcePolicy } from "../policy";
import { at } from "../resource";

export const fieldManager: ResourcePolicy = {
  name: "field-manager",
  description:
    "Every object names who owns its fields, so that an update that was killed can be repeated.",
  level: "mandatory",
  check: (resource): Finding[] => {
    const kind = kindOf(resource);
    const owner = at(resource.inputs, "metadata", "annotations", FIELD_MANAGER_ANNOTATION);
    return kind === undefined || owner === FIELD_MANAGER
      ? []
      : [
          {
            message:
              `${kind} is owned by ${owner === undefined ? "a name that is made up for each create" : `"${String(owner)}"`}: ` +
              "give its component the transformation ownFields (kubernetes/ownFields.ts).",
          },
        ];
  },
};
