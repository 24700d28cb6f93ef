import { isObject } from "../lib/values";
import type { Fault } from "./faults";
import type { Environment } from "./schema";

/** A key of the list `placeholders`, and what it leads to. */
export interface Placeholder {
  key: string;
  /** A text, a number, true or false, or a list of these. Undefined if the key leads nowhere. */
  value: unknown;
  reason: string;
}

type List = Environment["placeholders"];

/** The values of an environment, or of its file, that only stand for those of the site. */
export function placeholdersOf(site: object, list: List): Placeholder[] {
  return list.flatMap(({ keys, reason }) =>
    keys.map((key) => ({ key, value: follow(site, key).value, reason })),
  );
}

/**
 * Keys of the list that lead to no value of the file: there is nothing there that could be a placeholder.
 *
 * @param site - The keys of the namespace `site:` as they are in the file: a default is no placeholder.
 */
export function placeholderFaults(site: object, list: List): Fault[] {
  const all = list.flatMap(({ keys }, index) =>
    keys.map((key, at) => ({ key, path: `placeholders[${index}].keys[${at}]` })),
  );
  return all.flatMap(({ key, path }, index) => {
    const { value, known } = follow(site, key);
    const earlier = all.slice(0, index).find((other) => other.key === key);
    const reason =
      earlier !== undefined
        ? `is the same as ${earlier.path}`
        : value === undefined
          ? "leads to nothing in this file"
          : holdsMore(value)
            ? "holds several keys, of which each is a value of its own"
            : undefined;
    return reason === undefined
      ? []
      : [
          {
            path,
            value: key,
            reason,
            allowed:
              earlier !== undefined
                ? "each key once"
                : `keys with dots between them, items of a list by name or number, such as nodes[<name>].address${known.length === 0 ? "" : `; here: ${known.join(", ")}`}`,
          },
        ];
  });
}

/** Whether a value has keys below it. */
function holdsMore(value: unknown): boolean {
  return isObject(value) || (Array.isArray(value) && value.some(isObject));
}

/** Goes along a key such as `nodes[prdk8swok501].address`; says what is known where it ends. */
function follow(site: object, key: string): { value: unknown; known: string[] } {
  let value: unknown = site;
  for (const part of partsOf(key)) {
    const next = step(value, part);
    if (next === undefined) {
      return { value: undefined, known: namesIn(value) };
    }
    value = next;
  }
  return { value, known: namesIn(value) };
}

/** `nodes[a].address` has the parts nodes, a, address. */
function partsOf(key: string): string[] {
  return key
    .split(/\]?[.[]|\]$/)
    .filter((part, index, all) => part !== "" || index < all.length - 1);
}

function step(value: unknown, part: string): unknown {
  if (Array.isArray(value)) {
    return /^\d+$/.test(part)
      ? (value as unknown[])[Number(part)]
      : value.find((item) => isObject(item) && item["name"] === part);
  }
  return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      isObject(item) ? (typeof item["name"] === "string" ? item["name"] : `${index}`) : [],
    );
  }
  return isObject(value) ? Object.keys(value) : [];
}
