import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";

import { writeAtomically } from "../../lib/files";
import { checkout } from "../../lib/paths";
import { NO_PORT, POLICIES_PORT_FILE } from "../../policies/portFile";
import { RUN_MARK, runMark } from "./orphanedProcesses";
import { POLICY_PACK } from "./policyPack";

const FOLDER = join(checkout, "policies");

/** What Pulumi runs a policy pack with. */
const RUNNER = join(checkout, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack");

let portFile: string | undefined;

/**
 * Runs the policies in one process for all stacks of this command, until the command ends. Otherwise the engine starts one for each stack,
 * which loads the same again and begins slowly, since Node compiles what runs often.
 *
 * It comes up while the first engine does. If it does not, each engine starts its own, and says why that fails.
 */
export function sharePolicies(environment: string): void {
  portFile ??= start(environment);
}

/** Variables for a pulumi command by which its policies are the shared ones; none for a command without policies. */
export function sharedPolicies(args: readonly string[]): Record<string, string> {
  return portFile === undefined || !args.includes(POLICY_PACK[0])
    ? {}
    : { [POLICIES_PORT_FILE]: portFile };
}

/** Starts them; the path of the file that gets their port. */
function start(environment: string): string {
  const { nodeargs } = (
    parse(readFileSync(join(FOLDER, "PulumiPolicy.yaml"), "utf8")) as {
      runtime: { options: { nodeargs: string } };
    }
  ).runtime.options;
  const folder = mkdtempSync(join(tmpdir(), "sitewright-policies-"));
  const file = join(folder, "port");
  // The library takes the address of an engine, and does not use it.
  const policies = execa("node", [...nodeargs.split(" "), RUNNER, "127.0.0.1:0", FOLDER], {
    cwd: FOLDER,
    // Were it to outlive this command, the next one would end it.
    env: { [RUN_MARK]: runMark(environment) },
    stdio: ["ignore", "pipe", "inherit"],
    buffer: false,
    reject: false,
  });
  process.once("exit", () => {
    policies.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  policies.stdout.once("data", (printed: Buffer) => {
    writeAtomically(file, /^([0-9]+)\n$/.exec(printed.toString())?.[1] ?? NO_PORT);
  });
  void policies.then(() => writeAtomically(file, NO_PORT));
  // This command ends without waiting for it, or for what it may print.
  policies.unref();
  (policies.stdout as Socket).unref();
  return file;
}
