import fc from "fast-check";
import leven from "leven";

import { pathText } from "../../environment/faults";
import type { RawSite } from "../../environment/load/parse";
import { holderOf, type Place } from "./places";

/** A key that the schema does not have, beside one that it has. */
export interface UnknownKeyCase {
  path: string;
  /** The key that stands there. */
  key: string;
  /** All keys that may stand there. */
  known: readonly string[];
  spoil: (site: RawSite) => void;
}

/** Whether the schema lists all keys of a map. */
const isStrict = ({ shape }: Place): boolean => shape.additionalProperties === false;

/** Known keys as people mistype them: a letter left out, doubled, exchanged with the next, or in the other case. */
export function mistypedKeys(places: readonly Place[]): fc.Arbitrary<UnknownKeyCase> {
  return withKey(places, (known) =>
    fc
      .tuple(fc.constantFrom(...known), fc.nat(), fc.nat({ max: 3 }))
      .map(([key, at, way]) => mistyped(key, at % key.length, way)),
  );
}

/** Keys out of nowhere, names that every JavaScript object answers to among them. */
export function strangeKeys(places: readonly Place[]): fc.Arbitrary<UnknownKeyCase> {
  const inherited = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];
  return withKey(places, () =>
    fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(...inherited)),
  );
}

function withKey(
  places: readonly Place[],
  keys: (known: readonly string[]) => fc.Arbitrary<string>,
): fc.Arbitrary<UnknownKeyCase> {
  return fc.constantFrom(...places.filter(isStrict)).chain(({ path, shape }) => {
    const known = Object.keys(shape.properties ?? {});
    return keys(known)
      .filter((key) => !known.includes(key))
      .map((key) => ({
        path: pathText([...path, key]),
        key,
        known,
        spoil: (site) => {
          // Not by assignment, which __proto__ would take for something else.
          Object.defineProperty(holderOf(site, [...path, key]), key, {
            value: "x",
            enumerable: true,
            configurable: true,
            writable: true,
          });
        },
      }));
  });
}

function mistyped(key: string, at: number, way: number): string {
  const [before, letter, after] = [key.slice(0, at), key.charAt(at), key.slice(at + 1)];
  const isLower = letter === letter.toLowerCase();
  return [
    `${before}${after}`,
    `${before}${letter}${letter}${after}`,
    `${before}${after.charAt(0)}${letter}${after.slice(1)}`,
    `${before}${isLower ? letter.toUpperCase() : letter.toLowerCase()}${after}`,
  ][way] as string;
}

/** Whether a key is among those that come nearest to what was typed; one that begins with it is nearest of all. */
export function isNearest(meant: string, { key, known }: UnknownKeyCase): boolean {
  const distance = (other: string) => (other.startsWith(key) ? 0 : leven(key, other));
  return distance(meant) === Math.min(...known.map(distance));
}
