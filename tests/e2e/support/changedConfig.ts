import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { checkout } from "../../../lib/paths";
import { Engine } from "../../../operations/engine/engine";
import { selectProjects } from "../../../operations/engine/stacks";
import { environment, type Finished } from "./harness";

/** Configuration by full key, `site:apps` for one. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests reach deep into configuration
export type Configuration = Record<string, Record<string, any>>;

type Change = (configuration: Configuration) => void;
type Stack = "infra" | "cluster" | "apps";

/**
 * Runs `pulumi up` of one project on the committed configuration with changes. They are made in a copy, so that the checkout
 * stays as it is. `make up` of the same project reverts them.
 *
 * @param secrets - Values by full key that are set as an operator does it, encrypted.
 */
export function upWith(
  project: Stack,
  change: Change,
  options: readonly string[] = [],
  secrets: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return runWith(["up", "--yes", "--skip-preview", ...options], project, change, secrets);
}

/** The same for `pulumi preview`, which changes nothing. */
export function previewWith(project: Stack, change: Change): Promise<Finished> {
  return runWith(["preview"], project, change);
}

async function runWith(
  command: readonly string[],
  project: Stack,
  change: Change,
  secrets: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const started = Date.now();
  const directory = mkdtempSync(join(tmpdir(), "sitewright-e2e-"));
  const name = `Pulumi.${environment}.yaml`;
  const file = join(directory, name);
  try {
    const content = parse(readFileSync(join(checkout, name), "utf8")) as { config: Configuration };
    change(content.config);
    writeFileSync(file, stringify(content));
    chmodSync(file, 0o600);
    const engine = new Engine(environment);
    const configured = ["--stack", environment, "--config-file", file];
    for (const [key, input] of Object.entries(secrets)) {
      const set = ["config", "set", "--secret", ...configured, key];
      const { ok, stderr } = await engine.capture(selectProjects(project)[0], set, { input });
      if (!ok) {
        throw new Error(`pulumi config set of ${key} has failed:\n${stderr}`);
      }
    }
    const { ok, stdout, stderr } = await engine.capture(
      selectProjects(project)[0],
      [...command, ...configured],
      { timeout: 840_000 },
    );
    return {
      exitCode: ok ? 0 : 1,
      signal: undefined,
      output: `${stdout}\n${stderr}`,
      seconds: (Date.now() - started) / 1000,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
