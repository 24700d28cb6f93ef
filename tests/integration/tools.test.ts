import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { checkout } from "../../operations/paths";

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

const command = (...words: string[]) =>
  execa(process.execPath, [join(checkout, "dist", "operations", "cli.js"), ...words], {
    env: { PATH: bare, XDG_CACHE_HOME: cache },
    reject: false,
  });

test.each(["flows", "access"])("make %s of a real site builds nothing", async (name) => {
  const finished = await command(name, "--environment", "prd");
  expect([finished.exitCode, finished.stderr]).toEqual([0, ""]);
  expect(readdirSync(bare)).not.toContain("cache");
});

test("a command that runs pulumi says what it lacks", async () => {
  const finished = await command("status", "--environment", "prd");
  expect(finished.exitCode).toBe(1);
  expect(finished.stderr).toContain("go is not installed");
  expect(finished.stderr).toContain("The programs that this command needs are not built");
});
