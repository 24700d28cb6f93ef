import { z } from "zod";

import { isObject } from "../../lib/values";

/** The part of JSON Schema that has keys. */
interface Shape {
  properties?: Record<string, Shape>;
  additionalProperties?: Shape | boolean;
  items?: Shape;
  oneOf?: Shape[];
  anyOf?: Shape[];
}

/**
 * The paths of all keys that a schema knows and that hold no further keys: `nodes[].address`, `zones.<name>.gateway`. A key of several
 * branches of a union is there once.
 */
export function keysOf(schema: z.ZodType): string[] {
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Shape;
  return [...new Set(keysBelow(shape, ""))];
}

function keysBelow(shape: Shape, path: string): string[] {
  const { properties, additionalProperties, items } = shape;
  const branches = shape.oneOf ?? shape.anyOf;
  if (branches !== undefined) {
    return branches.flatMap((branch) => keysBelow(branch, path));
  }
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([key, inner]) =>
      keysBelow(inner, path === "" ? key : `${path}.${key}`),
    );
  }
  if (items !== undefined && hasKeys(items)) {
    return keysBelow(items, `${path}[]`);
  }
  return isObject(additionalProperties) && hasKeys(additionalProperties)
    ? keysBelow(additionalProperties, `${path}.<name>`)
    : [path];
}

function hasKeys({ properties, oneOf, anyOf }: Shape): boolean {
  return properties !== undefined || [...(oneOf ?? []), ...(anyOf ?? [])].some(hasKeys);
}
