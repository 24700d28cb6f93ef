import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { execa } from "execa";

import { checkout } from "../../lib/paths";
import { officialTools } from "../../operations/official-tools/programs";

/** A machine with node and a shell, on which nothing was built and nothing can be. */
const bare = mkdtempSync(join(tmpdir(), "sitewright-bare-"));
const cache = join(bare, "cache");

beforeAll(async () => {
  for (const program of ["bash", "dirname", "mkdir", "mv", "sort"]) {
    const { stdout } = await execa("which", [program]);
    symlinkSync(stdout, join(bare, program));
  }
});

afterAll(() => rmSync(bare, { recursive: true }));

/** What make runs for a command on the machine: the one builds what the other runs. */
const run = (program: "build" | "cli", command: string, variables: NodeJS.ProcessEnv = {}) =>
  execa(
    process.execPath,
    [join(checkout, "dist", "operations", `${program}.js`), command, "--environment", "prd"],
    { env: { PATH: bare, XDG_CACHE_HOME: cache, ...variables }, reject: false },
  );

test.each(["flows", "access"])("make %s of a real site builds nothing", async (name) => {
  for (const program of ["build", "cli"] as const) {
    const { exitCode, stderr } = await run(program, name);
    expect([exitCode, stderr]).toEqual([0, ""]);
  }
  expect(readdirSync(bare)).not.toContain("cache");
});

test("a command that runs pulumi says what it lacks", async () => {
  const finished = await run("build", "status");
  expect(finished.exitCode).toBe(1);
  expect(finished.stderr).toContain("go is not installed");
  expect(finished.stderr).toContain("The programs that this command needs are not built");
});

test("TOOLS=official builds nothing of what has a release that cannot be had", async () => {
  const home = join(bare, "home");
  const plugins = officialTools(undefined, { PULUMI_HOME: home })
    .flatMap(({ programs }) => programs)
    .filter(({ name }) => name.startsWith("plugin") && name !== "plugin kubernetes");
  for (const { name, place } of plugins) {
    const path = join(place, name.replace("plugin ", "pulumi-resource-"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "", { mode: 0o755 });
  }
  // Go as it is on this machine, and nothing of Pulumi.
  const { stdout } = await execa("go", ["env", "GOROOT", "GOCACHE", "GOMODCACHE"]);
  const [root = "", GOCACHE, GOMODCACHE] = stdout.split("\n");
  const finished = await run("build", "status", {
    TOOLS: "official",
    RELEASES_MIRROR: "http://127.0.0.1:1/releases",
    PULUMI_HOME: home,
    PATH: `${bare}:${join(root, "bin")}`,
    GOCACHE,
    GOMODCACHE,
  });
  expect(finished.exitCode).toBe(1);
  expect(finished.stderr).toContain(`plugin vsphere 4.17.0 (${join(home, "plugins")})`);
  for (const piece of ["pulumi", "plugin-kubernetes", "kubectl"]) {
    expect(finished.stderr).toMatch(
      new RegExp(`^ {2}${piece}: 127\\.0\\.0\\.1:1: it does not answer: .*refused$`, "m"),
    );
  }
  expect(finished.stdout).not.toContain("building");
  expect(readdirSync(join(cache, "sitewright"))).not.toContain("pieces");
});
