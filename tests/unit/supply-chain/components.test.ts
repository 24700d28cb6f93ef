import { goModules } from "../../../supply-chain/goModules";
import {
  licenceFaults,
  licencePolicy,
  licenceTable,
  withNamedLicences,
} from "../../../supply-chain/licences";
import { npmPackages } from "../../../supply-chain/npmPackages";
import { renderSbom } from "../../../supply-chain/sbom";
import { expectGolden } from "../golden";

const sha512 = `sha512-${Buffer.alloc(64, 1).toString("base64")}`;
const lockfile = (more: Record<string, object> = {}) =>
  JSON.stringify({
    packages: {
      "": { name: "sitewright", version: "0.1.0" },
      "node_modules/zod": { version: "4.6.7", integrity: sha512, license: "MIT" },
      "node_modules/a/node_modules/@b/c": {
        version: "1.0.0",
        integrity: sha512,
        license: "(MIT OR CC0-1.0)",
        dev: true,
      },
      "node_modules/@pulumi/vsphere": { link: true, resolved: "sdks/vsphere" },
      ...more,
    },
  });
const inventory = JSON.stringify({
  go: ["go1.26.8"],
  modules: [
    {
      path: "example.org/a/v2",
      version: "v2.1.0",
      sum: `h1:${Buffer.alloc(32, 2).toString("base64")}`,
      licences: ["Apache-2.0", "MIT"],
      programs: ["kubectl", "kubelet"],
    },
    {
      path: "example.org/patched",
      version: "v1.0.0",
      sum: "",
      licences: ["BSD-3-Clause"],
      programs: ["flanneld"],
    },
    {
      path: "example.org/inside",
      version: "v1.0.0",
      sum: `h1:${Buffer.alloc(32, 3).toString("base64")}`,
      licences: [],
      programs: ["traefik"],
    },
  ],
});
const all = () => [...npmPackages(lockfile()), ...goModules(inventory)];

test("the bill of materials has every component with its version, checksum, licence and who uses it", () => {
  expectGolden("sbom.json", `${renderSbom(all(), "0.1.0")}\n`);
});

test("a package without a checksum ends it", () => {
  const text = lockfile({ "node_modules/x": { version: "1.0.0", license: "MIT" } });
  expect(() => npmPackages(text)).toThrow("the lockfile has no SHA-512 of x 1.0.0");
});

describe("licences", () => {
  const policy = (allowed: string[], named: object[] = []) =>
    licencePolicy.parse({ allowed, named });

  test("are right when each is allowed, of alternatives one, of several all", () => {
    const allowed = ["MIT", "Apache-2.0", "BSD-3-Clause"];
    expect(licenceFaults(all(), policy(allowed))).toEqual([]);
    expect(licenceFaults(all(), policy(["MIT", "BSD-3-Clause"]))).toEqual([
      "example.org/a/v2 v2.1.0 is under Apache-2.0 AND MIT, which is not allowed",
    ]);
  });

  test("that are not known, or no SPDX expression, are faults; those in a finished program are not asked", () => {
    const strange = lockfile({
      "node_modules/x": { version: "1.0.0", integrity: sha512 },
      "node_modules/y": { version: "1.0.0", integrity: sha512, license: "SEE LICENSE IN LICENSE" },
    });
    expect(licenceFaults(npmPackages(strange), policy(["MIT"]))).toEqual([
      "x 1.0.0 has no licence that is recognised",
      "y 1.0.0 is under SEE LICENSE IN LICENSE, which is not allowed",
    ]);
  });

  test("can be named with a reason, and a name without its component is a fault", () => {
    const named = [
      {
        names: ["example.org/a/v2", "gone"],
        licence: "BUSL-1.1",
        reason: "Its file LICENSE says so.",
      },
    ];
    const rules = policy(["MIT", "BSD-3-Clause"], named);
    const components = withNamedLicences(all(), rules);
    expect(licenceFaults(components, rules)).toEqual([
      "gone is named in the policy and is no component any more",
    ]);
    expect(licenceTable(components)).toContain("     1  BUSL-1.1");
  });

  test("a name without a reason is refused", () => {
    expect(() => policy(["MIT"], [{ names: ["x"], licence: "MIT", reason: "" }])).toThrow();
  });
});
