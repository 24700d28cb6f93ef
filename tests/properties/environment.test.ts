import fc from "fast-check";

import type { Fault } from "../../environment/faults";
import type { RawSite } from "../../environment/load/parse";
import { APPLICATIONS } from "../../apps/registry";
import { secretFaults } from "../../environment/load/secrets";
import { rawPair } from "../unit/environment/pair";
import { faultsOf, rawSite } from "../unit/environment/site";
import { holderOf, placesOf } from "./places";
import { runs } from "./settings";
import { shapeFaults } from "./shapeFaults";
import { siteFaults } from "./siteFaults";
import { isNearest, mistypedKeys, strangeKeys } from "./unknownKeyFaults";

/** What faults are put into: two committed environments, and one with a second load balancer. */
const sites: [name: string, stack: string, site: RawSite][] = [
  ["dev", "dev", rawSite("dev")],
  ["prd", "prd", rawSite("prd")],
  ["prd with a pair of load balancers", "prd", rawPair("prd")],
];

/** The faults of a site that was changed; the site itself stays. */
function faultsWith(site: RawSite, stack: string, ...changes: ((site: RawSite) => void)[]) {
  const copy = structuredClone(site);
  changes.forEach((change) => change(copy));
  return faultsOf(copy, stack);
}

const pathsOf = (faults: readonly Fault[]) => faults.map(({ path }) => path);

describe.each(sites)("%s", (_, stack, site) => {
  const places = placesOf(site);

  test("a value that is missing, of another type or not allowed is one fault, at its path", () => {
    fc.assert(
      fc.property(shapeFaults(places), ({ path, reason, spoil }) => {
        const faults = faultsWith(site, stack, spoil);
        expect(pathsOf(faults)).toEqual([path]);
        expect(faults[0]?.reason).toMatch(reason);
        expect(faults[0]?.allowed).not.toBe("");
      }),
      runs(120),
    );
  });

  test("a mistyped key is one fault, and the nearest known key is named", () => {
    fc.assert(
      fc.property(mistypedKeys(places), (typed) => {
        const faults = faultsWith(site, stack, typed.spoil);
        expect(pathsOf(faults)).toEqual([typed.path]);
        const [, meant] = /^is not a known key; did you mean (.+)\?$/.exec(faults[0].reason) ?? [];
        expect(typed.known).toContain(meant);
        expect(isNearest(String(meant), typed)).toBe(true);
      }),
      runs(60),
    );
  });

  test("a key out of nowhere is one fault", () => {
    fc.assert(
      fc.property(strangeKeys(places), ({ path, spoil }) => {
        const faults = faultsWith(site, stack, spoil);
        expect(pathsOf(faults)).toEqual([path]);
        expect(faults[0]?.reason).toMatch(/^is not a known key/);
      }),
      runs(60),
    );
  });

  test("values that do not go together are a fault at the one that is wrong", () => {
    fc.assert(
      fc.property(siteFaults(site), ({ path, reason, spoil }) => {
        const faults = faultsWith(site, stack, spoil);
        expect(faults).toContainEqual(
          expect.objectContaining({ path, reason: expect.stringMatching(reason) }),
        );
      }),
      runs(120),
    );
  });

  test("several faults are reported together", () => {
    const apart = fc
      .array(shapeFaults(places), { minLength: 2, maxLength: 6 })
      .map((spoilings) =>
        spoilings.filter(({ path }, index) =>
          spoilings.every(
            (other, at) =>
              at === index ||
              !(isWithin(path, scope(other.path)) || isWithin(other.path, scope(path))),
          ),
        ),
      );
    fc.assert(
      fc.property(apart, (spoilings) => {
        const faults = faultsWith(site, stack, ...spoilings.map(({ spoil }) => spoil));
        expect(pathsOf(faults).sort()).toEqual(spoilings.map(({ path }) => path).sort());
      }),
      runs(60),
    );
  });

  test("whatever stands anywhere, the answer is an environment or a list of faults", () => {
    const anything = fc.tuple(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(anything, ([{ path }, value]) => {
        const faults = faultsWith(site, stack, (copy) => {
          holderOf(copy, path)[path.at(-1) ?? ""] = value;
        });
        for (const fault of faults) {
          expect([fault.path, fault.reason, fault.allowed]).not.toContain("");
        }
      }),
      runs(60),
    );
  });

  test("each secret that is missing or in the clear is a fault, which does not show it", () => {
    const state = fc.constantFrom("missing" as const, "plain" as const, "encrypted" as const);
    fc.assert(
      fc.property(fc.func(state), (stateOf) => {
        const keys = secretFaults(APPLICATIONS, stack, site, () => "plain").map(({ path }) => path);
        const faults = secretFaults(APPLICATIONS, stack, site, stateOf);
        expect(keys).toContain("vsphere:password");
        for (const key of keys.filter((name) => stateOf(name) === "plain")) {
          expect(faults).toContainEqual(
            expect.objectContaining({
              path: key,
              value: "(not shown)",
              reason: "stands in the file in clear",
            }),
          );
        }
        expect(pathsOf(faults).filter((path) => stateOf(path) === "encrypted")).toEqual([]);
      }),
      runs(30),
    );
  });
});

/** Whether a path is another one or leads through it. */
/**
 * What cannot be judged while a key is wrong: what is below it, and where the key says which branch of a union its section is, the
 * whole section.
 */
function scope(path: string): string {
  return path.replace(/^(cni)\.type$|^(volumes)\.provisioner$/, "$1$2");
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
