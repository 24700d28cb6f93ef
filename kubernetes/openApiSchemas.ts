import type { types } from "@pulumi/kubernetes";

/** A schema of OpenAPI as a definition of a custom resource holds it, its extensions under the names the API gives them. */
export type Schema = types.input.apiextensions.v1.JSONSchemaProps & {
  "x-kubernetes-int-or-string"?: true;
  "x-kubernetes-map-type"?: "atomic";
  "x-kubernetes-validations"?: { rule: string; message: string }[];
};

/** An object with these fields and no others: the API drops what is not listed. */
export const object = (
  properties: Record<string, Schema>,
  required: string[] = [],
  more: Schema = {},
): Schema => ({
  type: "object",
  ...(required.length === 0 ? {} : { required }),
  ...more,
  properties,
});

export const list = (items: Schema): Schema => ({ type: "array", items });

/** An object whose keys are free. */
export const mapOf = (additionalProperties: Schema): Schema => ({
  type: "object",
  additionalProperties,
});

/** A choice of words. */
export const oneOf = (...words: string[]): Schema => ({ type: "string", enum: words });

export const text: Schema = { type: "string" };
export const flag: Schema = { type: "boolean" };
export const integer: Schema = { type: "integer" };
export const int32: Schema = { type: "integer", format: "int32" };
export const between = (minimum: number, maximum: number): Schema => ({
  type: "integer",
  minimum,
  maximum,
});
export const date: Schema = { type: "string", format: "date-time" };
/** A port by number or name. */
export const intOrString: Schema = { "x-kubernetes-int-or-string": true };
export const cidr: Schema = { type: "string", format: "cidr" };
export const ipAddress: Schema = {
  type: "string",
  oneOf: [{ format: "ipv4" }, { format: "ipv6" }],
};

/** Texts by name, none of them required. */
export const texts = (...names: string[]): Record<string, Schema> =>
  Object.fromEntries(names.map((name) => [name, text]));

/** The same schema, with a rule in CEL that a value must meet. `self` is the new value, `oldSelf` the old one. */
export const ruled = (schema: Schema, rules: Record<string, string>): Schema => ({
  ...schema,
  "x-kubernetes-validations": Object.entries(rules).map(([message, rule]) => ({ rule, message })),
});
