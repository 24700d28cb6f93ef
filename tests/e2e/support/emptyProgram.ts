import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { stringify } from "yaml";

import { checkout } from "../../../lib/paths";
import { engineVariables } from "../../../operations/engine/engine";
import { environment } from "./harness";
import { medianOfRuns } from "./median";

/**
 * Seconds that `pulumi up` takes here and now for a program without a resource: what every stack pays for engine, language
 * host and library, so a measure of this machine. Median of three runs. The stack and its backend are in a folder of their own.
 */
export async function emptyProgramSeconds(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-empty-"));
  try {
    const backend = join(folder, "backend");
    mkdirSync(backend);
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    const runtime = { name: "nodejs", options: { typescript: false } };
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "empty", runtime }));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ main: "index.js" }));
    writeFileSync(join(folder, "index.js"), 'require("@pulumi/pulumi");\n');
    const pulumi = (...args: string[]) =>
      execa("pulumi", args, {
        cwd: folder,
        env: { ...engineVariables(environment), PULUMI_BACKEND_URL: `file://${backend}` },
        stdin: "ignore",
        timeout: 120_000,
      });
    const up = ["up", "--stack", environment, "--yes", "--skip-preview"];
    await pulumi("stack", "init", environment);
    await pulumi(...up);
    return await medianOfRuns(async () => {
      const begun = Date.now();
      await pulumi(...up);
      return (Date.now() - begun) / 1000;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
