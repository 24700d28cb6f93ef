import { isDeepStrictEqual } from "node:util";

/** Stands for whatever the engine knows to be secret. */
const SECRET = "(secret)";

/** A secret's form in what the engine writes; the key is the engine's fixed mark of a special value. */
const SPECIAL = "4dabf18193072939515e22adb298388d";

/** What the engine writes for a value that only `up` will know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Inputs = Record<string, unknown>;

/**
 * Inputs as a person may see them: secrets and what is not yet known are words, and what the plugins note for themselves is
 * left out. Data of a Kubernetes Secret is never shown, whatever the engine takes it for.
 */
export function plainInputs(type: string, inputs: Inputs | null | undefined): Inputs {
  const plain = plainValue(inputs ?? {}) as Inputs;
  if (type === "kubernetes:core/v1:Secret" || type === "kubernetes:core/v1:SecretPatch") {
    for (const key of ["data", "stringData"]) {
      if (key in plain) {
        plain[key] = SECRET;
      }
    }
  }
  return plain;
}

function plainValue(value: unknown): unknown {
  if (typeof value === "string") {
    return value.includes(UNKNOWN) ? value.replaceAll(UNKNOWN, "(known after up)") : value;
  }
  if (Array.isArray(value)) {
    return value.map(plainValue);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (SPECIAL in value) {
    return SECRET;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, item]) => [key, plainValue(item)]),
  );
}

/** The paths at which two values differ, as the engine writes paths: `spec.containers[0].image`. */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (isDeepStrictEqual(before, after)) {
    return [];
  }
  const keys = keysOf(before) && keysOf(after);
  if (keys === undefined || Array.isArray(before) !== Array.isArray(after)) {
    return [path];
  }
  return [...new Set([...(keysOf(before) ?? []), ...keys])].flatMap((key) =>
    changedPaths((before as Inputs)[key], (after as Inputs)[key], join(path, key, before)),
  );
}

function keysOf(value: unknown): string[] | undefined {
  return typeof value === "object" && value !== null ? Object.keys(value) : undefined;
}

function join(path: string, key: string, container: unknown): string {
  if (Array.isArray(container)) {
    return `${path}[${key}]`;
  }
  if (/[.[\]"]/.test(key)) {
    return `${path}[${JSON.stringify(key)}]`;
  }
  return path === "" ? key : `${path}.${key}`;
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)];
  return steps.reduce<unknown>((at, [, quoted, plain]) => {
    const key = quoted ?? plain;
    return typeof at === "object" && at !== null && Object.hasOwn(at, key)
      ? (at as Inputs)[key]
      : undefined;
  }, value);
}

/** Longest value that a reason shows; a longer one is in the diff. */
const SHORT = 40;

/** `path: before → after` where both are short, else the path alone. */
export function reason(path: string, before: unknown, after: unknown): string {
  const [from, to] = [short(valueAt(before, path)), short(valueAt(after, path))];
  return from === undefined || to === undefined || from === to ? path : `${path}: ${from} → ${to}`;
}

function short(value: unknown): string | undefined {
  if (value === undefined || value === null) {
    return "none";
  }
  const text = typeof value === "object" ? undefined : String(value as string | number | boolean);
  return text === undefined || text.length > SHORT || text.includes("\n") ? undefined : text;
}
