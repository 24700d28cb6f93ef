import leven from "leven";
import { z } from "zod";

import { isObject, valueAt } from "../../lib/values";
import { type Fault, pathText } from "../faults";

/** The part of JSON Schema needed to find which keys an object may have. */
interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  const?: unknown;
}

/** A key the schema does not have. */
export interface UnknownKey {
  path: (string | number)[];
  value: unknown;
  /** The keys its neighbours may have. */
  known: string[];
}

/** Every key the schema does not know, at any depth, with the keys it knows there. */
export function unknownKeys(value: unknown, schema: z.ZodType): UnknownKey[] {
  return unknownIn(value, jsonSchemaOf(schema), []);
}

/** Made once for each: a thousand environments are read in one run of the tests. */
const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known =
    jsonSchemas.get(schema) ??
    (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
  jsonSchemas.set(schema, known);
  return known;
}

function unknownIn(value: unknown, schema: JsonSchema, path: (string | number)[]): UnknownKey[] {
  const { items } = schema;
  if (Array.isArray(value)) {
    return items === undefined
      ? []
      : value.flatMap((item, index) => unknownIn(item, items, [...path, index]));
  }
  if (!isObject(value)) {
    return [];
  }
  const branch = branchFor(value, schema);
  const { properties, additionalProperties } = branch;
  if (properties === undefined) {
    return typeof additionalProperties === "object"
      ? Object.entries(value).flatMap(([key, item]) =>
          unknownIn(item, additionalProperties, [...path, key]),
        )
      : [];
  }
  return Object.entries(value).flatMap(([key, item]) =>
    Object.hasOwn(properties, key)
      ? unknownIn(item, properties[key], [...path, key])
      : [{ path: [...path, key], value: item, known: Object.keys(properties) }],
  );
}

/** The branch of a union that a value belongs to. A key such as `type` distinguishes the branches. */
function branchFor(value: Record<string, unknown>, schema: JsonSchema): JsonSchema {
  const branches = schema.oneOf ?? schema.anyOf ?? [];
  const branch = branches.find(({ properties }) =>
    Object.entries(properties ?? {}).some(
      ([key, { const: constant }]) => constant !== undefined && value[key] === constant,
    ),
  );
  return branch ?? schema;
}

/** Names the nearest known key, if one is near enough. */
export function unknownKeyFault({ path, value, known }: UnknownKey): Fault {
  const key = String(path.at(-1));
  const meant = nearestTo(key, known);
  return {
    path: pathText(path),
    value,
    reason:
      meant === undefined ? "is not a known key" : `is not a known key; did you mean ${meant}?`,
    allowed: [...known].filter((name) => name !== "stack").join(", "),
  };
}

/** The known key that was probably meant: one that begins the same, or differs in a third of its letters at most. */
function nearestTo(key: string, known: readonly string[]): string | undefined {
  const distance = (other: string) => (other.startsWith(key) ? 0 : leven(key, other));
  const [nearest] = [...known].sort((a, b) => distance(a) - distance(b));
  return nearest !== undefined && distance(nearest) <= Math.max(2, key.length / 3)
    ? nearest
    : undefined;
}

/** A copy without these keys, so that the rest can still be checked. */
export function without(
  raw: Record<string, unknown>,
  keys: readonly UnknownKey[],
): Record<string, unknown> {
  const copy = structuredClone(raw);
  for (const { path } of keys) {
    const holder = valueAt(copy, path.slice(0, -1));
    if (isObject(holder)) {
      delete holder[String(path.at(-1))];
    }
  }
  return copy;
}
