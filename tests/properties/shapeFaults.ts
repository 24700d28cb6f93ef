import fc from "fast-check";
import ipaddr from "ipaddr.js";
import semver from "semver";

import { pathText } from "../../environment/faults";
import type { RawSite } from "../../environment/load/parse";
import { isObject } from "../../lib/values";
import { holderOf, type Place, type Shape } from "./places";

/** One way to spoil an environment, and what has to be said about it. */
export interface Spoiling {
  /** Where the fault has to be reported. */
  path: string;
  reason: RegExp;
  /** Changes the environment in place. */
  spoil: (site: RawSite) => void;
  /** What was done, for who reads a failed test. */
  doing: string;
}

const FORM = /^has the wrong form$/;

/** Faults of the form of a single value: one that is missing, of another type, or that its key does not allow. */
export function shapeFaults(all: readonly Place[]): fc.Arbitrary<Spoiling> {
  // The fields of KubeletConfiguration and the like are not the schema's: it says nothing of them.
  const places = all.filter(({ shape }) => Object.keys(shape).length > 0);
  return fc.oneof(
    missing(places.filter(({ required }) => required)),
    anotherType(places),
    notAllowed(places),
  );
}

function missing(places: readonly Place[]): fc.Arbitrary<Spoiling> {
  return fc.constantFrom(...places).map(({ path }) => ({
    path: pathText(path),
    reason: /^is missing$/,
    doing: `without ${pathText(path)}`,
    spoil: (site) => delete holderOf(site, path)[path.at(-1) ?? ""],
  }));
}

/** A value of each type of JSON. */
const values: Record<string, fc.Arbitrary<unknown>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  number: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
  string: fc.string(),
  array: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }),
  object: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
};

function anotherType(places: readonly Place[]): fc.Arbitrary<Spoiling> {
  return fc.constantFrom(...places).chain((place) => {
    const own = typeOf(place.value);
    const others = Object.entries(values).flatMap(([type, value]) => (type === own ? [] : [value]));
    return fc.oneof(...others).map((value) => replaced(place, value));
  });
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : isObject(value) ? "object" : typeof value;
}

/** Values of the right type that a key does not allow. */
function notAllowed(places: readonly Place[]): fc.Arbitrary<Spoiling> {
  const able = places.flatMap((place) => {
    const wrong = wrongValues(place);
    return wrong === undefined ? [] : [wrong.map((value) => replaced(place, value))];
  });
  return fc.nat({ max: able.length - 1 }).chain((index) => able[index] as fc.Arbitrary<Spoiling>);
}

function replaced({ path }: Place, value: unknown): Spoiling {
  return {
    path: pathText(path),
    reason: FORM,
    doing: `${pathText(path)} = ${JSON.stringify(value)}`,
    spoil: (site) => {
      holderOf(site, path)[path.at(-1) ?? ""] = structuredClone(value);
    },
  };
}

function wrongValues({ value, shape }: Place): fc.Arbitrary<unknown> | undefined {
  if (shape.const !== undefined || shape.enum !== undefined) {
    const allowed = shape.enum ?? [shape.const];
    return fc.string().filter((text) => !allowed.includes(text));
  }
  if (typeof value === "number") {
    return wrongNumber(shape);
  }
  return typeof value === "string" ? wrongText(value, shape) : undefined;
}

function wrongNumber({ minimum = Number.MIN_SAFE_INTEGER, maximum }: Shape) {
  const fraction = fc.constant(1.5).map((add) => Math.max(minimum, 0) + add);
  const tooSmall = fc.integer({ max: minimum - 1, min: minimum - 1000 });
  const tooLarge = fc.integer({ min: (maximum ?? 0) + 1, max: (maximum ?? 0) + 100_000 });
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? fc.oneof(fraction, tooSmall)
    : fc.oneof(fraction, tooSmall, tooLarge);
}

/** What JSON Schema cannot say of a text is told by the text that stands there: an address, a network, a version. */
function wrongText(value: string, { pattern, minLength }: Shape) {
  if (pattern !== undefined) {
    const right = new RegExp(pattern);
    return fc
      .oneof(fc.string(), fc.constantFrom("", " ", `${value} `, `${value}\n`, "ä", "\u0000"))
      .filter((text) => !right.test(text));
  }
  if (minLength !== undefined) {
    return fc.constant("");
  }
  if (ipaddr.IPv4.isValidFourPartDecimal(value)) {
    return wrongAddress(value);
  }
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(value)) {
    return wrongNetwork(value);
  }
  return semver.valid(value) === value ? wrongVersion(value) : undefined;
}

function wrongAddress(address: string) {
  const octets = address.split(".");
  return fc.oneof(
    fc
      .tuple(fc.nat({ max: 3 }), fc.integer({ min: 256, max: 99_999 }))
      .map(([at, large]) => replacedIn(octets, at, String(large))),
    fc.constantFrom(octets.slice(1).join("."), `${address}.1`, `${address}/24`, "::1", "", "node1"),
  );
}

function replacedIn(octets: readonly string[], place: number, octet: string): string {
  return octets.map((old, index) => (index === place ? octet : old)).join(".");
}

function wrongNetwork(network: string) {
  const [address = "", prefix = ""] = network.split("/");
  return fc.oneof(
    // Host bits that are not zero: every network here has at least eight of them.
    fc
      .integer({ min: 1, max: 254 })
      .map((host) => `${replacedIn(address.split("."), 3, String(host))}/${prefix}`),
    fc.integer({ min: 33, max: 999 }).map((long) => `${address}/${long}`),
    fc.constantFrom(address, `${address}/`, `/${prefix}`, `${address}/255.255.255.0`),
  );
}

function wrongVersion(version: string) {
  return fc.constantFrom(
    `v${version}`,
    version.split(".").slice(0, 2).join("."),
    `${version}.0`,
    `0${version}`,
    `>=${version}`,
    "latest",
    "",
  );
}
