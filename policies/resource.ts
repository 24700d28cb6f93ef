/** Stands in inputs for what is known only when it was made: a policy passes over it. */
export const UNKNOWN = Symbol("unknown");

/** Stands for a value that the engine keeps encrypted. */
export const SECRET = Symbol("secret");

/** A resource as policies see it, before anything is done to it. */
export interface Resource {
  urn: string;
  /** Type token, such as kubernetes:apps/v1:Deployment. */
  type: string;
  /** Name in its program. */
  name: string;
  /** Inputs in the clear, with UNKNOWN in the place of what is not known. */
  inputs: Inputs;
  /** The same with SECRET in the place of what is a secret. Undefined where that cannot be told. */
  masked?: Inputs;
  /** Whether the engine refuses to delete it. */
  protect: boolean;
}

export type Inputs = Record<string, unknown>;

/** The environment that a resource belongs to: the name of its stack. */
export function environmentOf({ urn }: Pick<Resource, "urn">): string {
  return urn.split("::")[0].split(":")[2];
}

/**
 * What lies at a path below the inputs: undefined where nothing is, UNKNOWN where that or something above is not known yet.
 */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Inputs)[`${key}`] : known(inner),
    value,
  );
}

/** What a scalar has below it: nothing, unless its value is unknown or secret. */
function known(value: unknown): unknown {
  return value === UNKNOWN || value === SECRET ? value : undefined;
}

/** The list at a path; empty where there is none, or where it is not known. */
export function listAt(value: unknown, ...path: string[]): unknown[] {
  const list = at(value, ...path);
  return Array.isArray(list) ? (list as unknown[]) : [];
}

/** A text and where it stands in the inputs, such as `data["traefik.yml"]`. */
export interface Leaf {
  path: string[];
  value: string;
}

/** All texts of the inputs, however deep. */
export function texts(value: unknown, path: string[] = []): Leaf[] {
  if (typeof value === "string") {
    return [{ path, value }];
  }
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => texts(inner, [...path, key]))
    : [];
}
