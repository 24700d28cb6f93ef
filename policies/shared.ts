import { existsSync, readFileSync, writeSync } from "node:fs";

import { NO_PORT, POLICIES_PORT_FILE } from "./portFile";

/** Milliseconds until the shared policies have to be there. */
const DEADLINE = 10_000;

/**
 * Stands in for the policies where a process of them runs, or comes up, for all stacks of a command (operations/engine/sharedPolicies.ts):
 * tells the engine that one's port, loads nothing, and waits until the engine ends it. Where it does not come up, the policies are
 * loaded as always. Node runs this before all else that it loads for the policies: `nodeargs` in PulumiPolicy.yaml.
 */
function attach(file: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + DEADLINE; !existsSync(file) && Date.now() < end;) {
    Atomics.wait(clock, 0, 0, 5);
  }
  // It is there as a whole or not at all.
  const port = existsSync(file) ? readFileSync(file, "utf8") : NO_PORT;
  if (port !== NO_PORT) {
    writeSync(process.stdout.fd, `${port}\n`);
    Atomics.wait(clock, 0, 0);
  }
}

const file = process.env[POLICIES_PORT_FILE];
if (file !== undefined) {
  attach(file);
}
