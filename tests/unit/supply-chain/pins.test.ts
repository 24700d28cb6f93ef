import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import semver from "semver";

import { npmPackages } from "../../../supply-chain/npmPackages";

const root = join(__dirname, "../../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
/** Committed files whose path ends like this. */
const files = (...ends: string[]) =>
  execFileSync("git", ["ls-files", "--", ...ends.map((end) => `*${end}`)], { cwd: root })
    .toString()
    .trim()
    .split("\n");

describe.each(files("package.json"))("%s", (path) => {
  test("names exact versions only", () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(path)) as Record<
      string,
      Record<string, string>
    >;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      // What the toolchain generates lies in the checkout.
      expect([name, version === "file:sdks/vsphere" || semver.valid(version) === version]).toEqual([
        name,
        true,
      ]);
    }
  });
});

describe.each(files("package-lock.json"))("%s", (path) => {
  test("has a SHA-512 of every package, and no address of a registry", () => {
    expect(npmPackages(read(path)).length).toBeGreaterThan(100);
    expect(read(path)).not.toMatch(/"resolved": "(?!sdks\/)/);
  });
});

// Shims and refusals are built as parts of the module around them, whose go.sum is theirs.
describe.each(files("go.mod").filter((path) => !/\/(shims|refusals)\//.test(path)))(
  "%s",
  (path) => {
    test("takes every module at a version whose checksum go.sum has", () => {
      const text = read(path).replace(/^exclude \([^)]*\)$/gm, "");
      // The lines of a requirement or of a replacement by another module: `<path> v<version>`.
      const wanted = [
        ...text.matchAll(
          /^\s*(?:require |replace .* => |.* => )?(\S+) (v\S+)(?: \/\/ indirect)?$/gm,
        ),
      ];
      const replaced = new Set(
        [...text.matchAll(/^\s*(?:replace )?(\S+)(?: v\S+)? => \S+/gm)].map(([, name]) => name),
      );
      const sums = wanted.length === 0 ? "" : read(join(dirname(path), "go.sum"));
      const missing = wanted
        .filter(([, name]) => !replaced.has(name))
        .filter(([, name, version]) => !sums.includes(`${name} ${version}/go.mod h1:`))
        .map(([, name, version]) => `${name} ${version}`);
      expect(missing).toEqual([]);
    });
  },
);
