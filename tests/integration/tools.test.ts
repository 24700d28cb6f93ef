import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { checkout } from "../../lib/paths";

/** A machine with node and a shell, on which nothing was built and nothing can be. */
const bare = mkdtempSync(join(tmpdir(), "sitewright-bare-"));
const cache = join(bare, "cache");

beforeAll(async () => {
  for (const program of ["bash", "dirname", "mkdir"]) {
    const { stdout } = await execa("which", [program]);
    symlinkSync(stdout, join(bare, program));
  }
});

afterAll(() => rmSync(bare, { recursive: true }));

/** What make runs for a command on the machine: the one builds what the other runs. */
const run = (program: "build" | "cli", command: string) =>
  execa(
    process.execPath,
    [join(checkout, "dist", "operations", `${program}.js`), command, "--environment", "prd"],
    { env: { PATH: bare, XDG_CACHE_HOME: cache }, reject: false },
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
