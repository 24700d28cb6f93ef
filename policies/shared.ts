import { writeSync } from "node:fs";

import { POLICIES_PORT } from "./port";

/**
 * Stands in for the policies where a process of them runs already, for all stacks of a command (operations/engine/sharedPolicies.ts):
 * tells the engine that one's port, loads nothing, and waits until the engine ends it. Node runs this before all else that it loads for
 * the policies: `nodeargs` in PulumiPolicy.yaml.
 */
const port = process.env[POLICIES_PORT];
if (port !== undefined) {
  writeSync(process.stdout.fd, `${port}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
