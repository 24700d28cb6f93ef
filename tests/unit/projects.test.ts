import { readFileSync } from "node:fs";
import { join } from "node:path";

import semver from "semver";
import { parse } from "yaml";

const PROJECTS = [".", "infra", "cluster", "apps"];
const required = PROJECTS.map(
  (folder) =>
    (parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as { requiredPulumiVersion: string })
      .requiredPulumiVersion,
);

test("all projects ask for the same releases of Pulumi, and what the toolchain builds is one of them", () => {
  expect(new Set(required).size).toBe(1);
  const versions = readFileSync("toolchain/internal/catalogue/versions.go", "utf8");
  const built = /pulumiVersion += "(.*)"/.exec(versions)![1]!;
  expect(semver.satisfies(built, required[0]!)).toBe(true);
  expect(semver.satisfies("3.100.0", required[0]!)).toBe(false);
});
