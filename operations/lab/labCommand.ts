import { join } from "node:path";

import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";

/**
 * Runs the lab's own command (`lab/cli.ts`) on this terminal.
 * @throws OperatorError when it fails; its own message stands above.
 */
export async function lab(
  command: "up" | "down" | "removable",
  environment: string,
): Promise<void> {
  const args = [join(checkout, "dist", "lab", "cli.js"), command, "--environment", environment];
  const result = await execa(process.execPath, args, {
    stdio: "inherit",
    reject: false,
    cleanup: false,
    forceKillAfterDelay: false,
  });
  if (result.failed) {
    throw new OperatorError({
      what: `The lab is not ${command}; its own message stands above.`,
      next: `mend the cause and run make ${command === "up" ? "up" : "down"} again: it goes on where it stopped`,
    });
  }
}

/** True when the lab stands as its last `up` left it: a vCenter with its inventory, networks, services. */
export async function labIsIntact(environment: string): Promise<boolean> {
  const args = [join(checkout, "dist", "lab", "cli.js"), "status", "--environment", environment];
  return !(await execa(process.execPath, args, { stdio: "ignore", reject: false })).failed;
}
