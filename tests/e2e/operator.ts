import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { kubeconfigPath } from "../../operations/kubeconfig";
import { checkout, toolchain } from "../../operations/paths";
import { environment, expectSuccess, make } from "./harness";

export function operator(): void {
  test("a second checkout on this machine builds nothing", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "sitewright-clone-"));
    try {
      await execa("git", ["clone", "--quiet", checkout, scratch]);
      const built = await execa("make", ["toolchain"], { cwd: scratch, timeout: 60_000 });
      expect(built.stdout).not.toContain("building");
      expect(realpathSync(join(scratch, ".toolchain"))).toBe(realpathSync(toolchain));
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  test("make status shows every node Ready, every URL answering, and nothing missing", async () => {
    const finished = await make("status");
    expectSuccess(finished);
    expect(finished.output).toMatch(
      /devk8smst501 +control-plane +lan +172\.30\.10\.56 +Ready +v1\./,
    );
    expect(finished.output).toMatch(/devk8swok511 +worker +dmz +172\.30\.20\.11 +Ready +v1\./);
    expect(finished.output).toMatch(/whoami +https:\/\/whoami\.[^ ]+ +HTTP 200/);
    expect(finished.output).not.toContain("Missing:");
  });

  test("make kubeconfig writes a file that only its owner can read", async () => {
    const finished = await make("kubeconfig");
    expectSuccess(finished);
    const path = kubeconfigPath(environment);
    expect(finished.output).toContain(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(finished.output).not.toContain("PRIVATE KEY");
  });
}
