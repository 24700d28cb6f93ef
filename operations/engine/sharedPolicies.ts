import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";

import { checkout } from "../../lib/paths";
import { POLICIES_PORT } from "../../policies/port";
import { RUN_MARK, runMark } from "./orphanedProcesses";
import { POLICY_PACK } from "./policyPack";

const FOLDER = join(checkout, "policies");

/** What Pulumi runs a policy pack with. */
const RUNNER = join(checkout, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack");

let port: Promise<string | undefined> | undefined;

/**
 * Runs the policies in one process for all stacks of this command, until the command ends. Otherwise the engine starts one for each stack,
 * which loads the same again and begins slowly, since Node compiles what runs often.
 *
 * Where it does not come up, each engine starts its own, and says why that fails.
 */
export function sharePolicies(environment: string): void {
  port ??= start(environment);
}

/** Variables for a pulumi command by which its policies are the shared ones; none for a command without policies. */
export async function sharedPolicies(args: readonly string[]): Promise<Record<string, string>> {
  const shared = args.includes(POLICY_PACK[0]) ? await port : undefined;
  return shared === undefined ? {} : { [POLICIES_PORT]: shared };
}

async function start(environment: string): Promise<string | undefined> {
  const { nodeargs } = (
    parse(readFileSync(join(FOLDER, "PulumiPolicy.yaml"), "utf8")) as {
      runtime: { options: { nodeargs: string } };
    }
  ).runtime.options;
  // The library takes the address of an engine, and does not use it.
  const policies = execa("node", [...nodeargs.split(" "), RUNNER, "127.0.0.1:0", FOLDER], {
    cwd: FOLDER,
    // Were it to outlive this command, the next one would end it.
    env: { [RUN_MARK]: runMark(environment) },
    stdio: ["ignore", "pipe", "inherit"],
    buffer: false,
    reject: false,
  });
  process.once("exit", () => policies.kill("SIGKILL"));
  const first = await Promise.race([
    new Promise<string>((resolve) => {
      policies.stdout.once("data", (printed: Buffer) => resolve(printed.toString()));
    }),
    policies.then(() => undefined),
  ]);
  // This command ends without waiting for it, or for what it may print.
  policies.unref();
  (policies.stdout as Socket).unref();
  return /^([0-9]+)\n$/.exec(first ?? "")?.[1];
}
