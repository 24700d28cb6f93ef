import { z } from "zod";

import type { RawSite } from "../../environment/load/parse";
import { environmentSchema } from "../../environment/schema";
import { isObject } from "../../lib/values";

/** The part of JSON Schema that faults are made of. */
export interface Shape {
  type?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: Shape | boolean;
  propertyNames?: Shape;
  items?: Shape;
  oneOf?: Shape[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minLength?: number;
  minimum?: number;
  maximum?: number;
}

/** A value of an environment, where it stands, and what the schema says of it. */
export interface Place {
  path: readonly (string | number)[];
  value: unknown;
  shape: Shape;
  /** Whether its holder cannot do without it. */
  required: boolean;
}

const environmentShape = z.toJSONSchema(environmentSchema, {
  io: "input",
  unrepresentable: "any",
}) as Shape;

/** Every value of an environment that the schema says something of, at any depth. A new key of the schema is there by itself. */
export function placesOf(site: RawSite): Place[] {
  return below({ path: [], value: site, shape: environmentShape, required: true }).slice(1);
}

function below(place: Place): Place[] {
  const { path, value } = place;
  if (Array.isArray(value)) {
    const { items = {} } = place.shape;
    return [
      place,
      ...value.flatMap((item, index) =>
        below({ path: [...path, index], value: item, shape: items, required: false }),
      ),
    ];
  }
  if (!isObject(value)) {
    return [place];
  }
  const shape = branchOf(place.shape, value);
  const { properties = {}, required = [], additionalProperties } = shape;
  const rest = isObject(additionalProperties) ? additionalProperties : {};
  return [
    { ...place, shape },
    ...Object.entries(value).flatMap(([key, item]) =>
      below({
        path: [...path, key],
        value: item,
        shape: properties[key] ?? rest,
        required: required.includes(key),
      }),
    ),
  ];
}

/** Of a union, the branch whose constants the value has. */
function branchOf(shape: Shape, value: Record<string, unknown>): Shape {
  const isMeant = ({ properties = {} }: Shape) =>
    Object.entries(properties).every(
      ([key, { const: constant }]) => constant === undefined || constant === value[key],
    );
  return shape.oneOf?.find(isMeant) ?? shape;
}

/** The map or list that holds what stands at a path. */
export function holderOf(
  site: RawSite,
  path: readonly (string | number)[],
): Record<string | number, unknown> {
  return path
    .slice(0, -1)
    .reduce(
      (at, key) => at[key] as Record<string | number, unknown>,
      site as Record<string, unknown>,
    );
}
