import semver from "semver";

import { communityRepository } from "../../../../environment/releases/communityRepository";
import { COMPONENTS, pinnedIn } from "../../../../environment/releases/components";
import { componentsOf, DIFFERENCES } from "../../../../environment/releases/differences";
import { COMMITTED, site } from "../site";

/** What each environment pins, by component. */
const pinned = COMMITTED.flatMap((stack) => {
  const environment = site(stack);
  return componentsOf(stack).map((component) => ({
    ...{ stack, name: component.name, version: component.version },
    value: pinnedIn(environment, component),
  }));
});

test.each(COMMITTED)("%s has the releases of the table, but for what is listed", (stack) => {
  const here = pinned.filter((one) => one.stack === stack && one.value !== undefined);
  const versions = (of: "version" | "value") =>
    Object.fromEntries(here.map((one) => [one.name, one[of]]));
  expect(versions("value")).toEqual(versions("version"));
});

test("every row is of use: some environment has the component", () => {
  const names = new Set(pinned.flatMap(({ name, value }) => (value === undefined ? [] : [name])));
  expect(COMPONENTS.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
});

test("a listed difference is one, of an environment that there is", () => {
  for (const { name, stack, version, reason } of DIFFERENCES) {
    expect(COMMITTED).toContain(stack);
    expect(reason).not.toBe("");
    expect(version).not.toBe(COMPONENTS.find((one) => one.name === name)?.version);
  }
});

test("no environment has a version of an image that the table does not know", () => {
  const known = new Set(COMPONENTS.map(({ key }) => key));
  const versions = COMMITTED.flatMap((stack) => versionKeys(site(stack)));
  expect([...new Set(versions)].filter((key) => !known.has(key))).toEqual([]);
});

test("a name occurs once, and a day is one", () => {
  const names = COMPONENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { endOfLife, seen } of [...COMPONENTS, ...COMMITTED.flatMap(componentsOf)]) {
    expect(endOfLife.day).toMatch(/^(\d{4}-\d{2}-\d{2}|unknown)$/);
    expect(endOfLife.source).not.toBe("");
    expect(seen).not.toBe("");
  }
});

test("all environments are of one minor release of Kubernetes", () => {
  const minors = COMMITTED.map((stack) => semver.minor(site(stack).kubernetes.version));
  expect(new Set(minors).size).toBe(1);
});

test("production has the community's repository of its Kubernetes, with the known key", () => {
  const { packages, kubernetes } = site("prd");
  expect(packages.repositories).toEqual([communityRepository(kubernetes.version)]);
});

/** Paths of keys named version or ...Version, by which an environment names a release. */
function versionKeys(value: unknown, path: readonly string[] = []): string[] {
  return typeof value !== "object" || value === null || path[0] === "applications"
    ? []
    : Object.entries(value).flatMap(([key, inner]) =>
        /^version$|Version$/.test(key) && typeof inner === "string"
          ? [[...path, key].join(".")]
          : versionKeys(inner, [...path, key]),
      );
}
