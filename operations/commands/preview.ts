import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { backendOf } from "../engine/backend/backendUrl";
import { Engine } from "../engine/engine";
import { POLICY_PACK } from "../engine/policyPack";
import { refuseOlderPlugins } from "../official-tools/refuseOlderPlugins";
import { sharePolicies } from "../engine/sharedPolicies";
import { checkStackFile } from "../engine/stackFile";
import { selectProjects, type StackProject, stackProjects } from "../engine/stacks";
import { resourcesOf } from "../engine/stackState";
import { withPresentNames } from "../recovery/formerNames";
import { offlinePreview } from "../offline/preview";

/** Previews one stack that is there to be previewed; `offline` on a simulated vCenter. */
export type Look = (engine: Engine, project: StackProject, offline: boolean) => Promise<void>;

/** The arguments of every preview of an environment. */
export function previewArgs(environment: string): string[] {
  return ["preview", "--stack", environment, ...POLICY_PACK];
}

/** Shows what `up` would change, stack by stack, with all differences. */
export async function preview(environment: string, stack?: string): Promise<void> {
  await eachPreview(environment, selectProjects(stack), async (engine, project, offline) => {
    const how = offline ? ", offline" : "";
    console.log(`\n${project.name}: pulumi preview --stack ${environment}${how}`);
    await engine.run(project, [...previewArgs(environment), "--diff"]);
  });
}

/**
 * Has each of some stacks looked at, in order.
 *
 * Where the backend has no stack of this environment, nothing was ever brought up from here, and the site and its secrets may be
 * out of reach: the preview is then an offline one (offlinePreview.ts). OFFLINE=1 asks for that everywhere. Any other changes nothing
 * but that a stack which does not exist is made, without resources, because the engine has no preview without one.
 */
export async function eachPreview(
  environment: string,
  projects: readonly StackProject[],
  look: Look,
): Promise<void> {
  sharePolicies(environment);
  const asked = process.env.OFFLINE === "1";
  if (asked || !(await isKnown(environment))) {
    const why = asked ? "OFFLINE=1" : `The backend has no stack ${environment}`;
    console.log(
      `${why}: an offline preview of a first up, on a simulated vCenter. Nothing is asked or written anywhere.`,
    );
    await offlinePreview(environment, projects, (engine, project) => look(engine, project, true));
    return;
  }
  checkStackFile(environment);
  await withPresentNames(new Engine(environment), async (engine) => {
    for (const project of projects) {
      await engine.ensureStack(project);
      refuseOlderPlugins(engine, project, await resourcesOf(engine, project));
      await look(engine, project, false);
    }
  });
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
