import { readFileSync } from "node:fs";
import { join } from "node:path";

import semver from "semver";
import { parse } from "yaml";

import { projectName } from "../../lib/projectNames";
import { stackProjects } from "../../operations/engine/stacks";

const projects = stackProjects.map(({ name, directory }) => ({
  stack: name,
  file: parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as {
    name: string;
    requiredPulumiVersion: string;
  },
}));
const required = projects.map(({ file }) => file.requiredPulumiVersion);

test("each project has the name in its file that programs and commands look for in the backend", () => {
  expect(projects.map(({ file }) => file.name)).toEqual(
    projects.map(({ stack }) => projectName(stack)),
  );
});

test("all projects ask for the same releases of Pulumi, and what the toolchain builds is one of them", () => {
  expect(new Set(required).size).toBe(1);
  const versions = readFileSync("toolchain/internal/catalogue/versions.go", "utf8");
  const built = /pulumiVersion += "(.*)"/.exec(versions)![1]!;
  expect(semver.satisfies(built, required[0]!)).toBe(true);
  expect(semver.satisfies("3.100.0", required[0]!)).toBe(false);
});
