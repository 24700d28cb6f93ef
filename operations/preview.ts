import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { backendOf, Engine } from "./engine";
import { offlinePreview } from "./offlinePreview";
import { POLICY_PACK } from "./policyPack";
import { checkStackFile } from "./stackFile";
import { selectProjects, stackProjects } from "./stacks";

/**
 * Shows what `up` would change, stack by stack, with all differences.
 *
 * Where the backend has no stack of this environment, nothing was ever brought up from here, and the site and its secrets may be
 * out of reach: the preview is then an offline one (offlinePreview.ts). OFFLINE=1 asks for that everywhere. Any other changes nothing
 * but that a stack which does not exist is made, without resources, because the engine has no preview without one.
 */
export async function preview(environment: string, stack?: string): Promise<void> {
  const projects = selectProjects(stack);
  const asked = process.env.OFFLINE === "1";
  if (asked || !(await isKnown(environment))) {
    const why = asked ? "OFFLINE=1" : `The backend has no stack ${environment}`;
    console.log(
      `${why}: an offline preview of a first up, on a simulated vCenter. Nothing is asked or written anywhere.`,
    );
    await offlinePreview(environment, stack);
    return;
  }
  checkStackFile(environment);
  const engine = new Engine(environment);
  for (const project of projects) {
    console.log(`\n${project.name}: pulumi preview --stack ${environment}`);
    await engine.ensureStack(project);
    await engine.run(project, ["preview", "--diff", "--stack", environment, ...POLICY_PACK]);
  }
}

/** Whether the backend has any stack of the environment. Looks, and writes nothing. */
async function isKnown(environment: string): Promise<boolean> {
  const backend = backendOf(environment);
  // The engine would make a folder that is not there into a backend.
  if (backend.startsWith("file://") && !existsSync(join(fileURLToPath(backend), ".pulumi"))) {
    return false;
  }
  const engine = new Engine(environment);
  for (const project of stackProjects) {
    if (await engine.stackExists(project)) {
      return true;
    }
  }
  return false;
}
