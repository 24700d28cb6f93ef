import { readFileSync } from "node:fs";

import { OperatorError } from "../../lib/operatorError";
import type { Engine } from "../engine/engine";
import type { ExportedStack } from "../engine/exportedStack";
import { type StackProject, stackProjects } from "../engine/stacks";
import { exportStack } from "../engine/stackState";
import { configurationPath, writeStateBackup } from "../engine/stateBackups";
import { refuseWhileFormerLocked, refuseWhileLocked } from "./stateLocks";

/** What saving and restoring states needs of the engine. */
export type StateEngine = Pick<
  Engine,
  "environment" | "backendUrl" | "capture" | "run" | "stackExists" | "ensureStack"
>;

/**
 * Saves the states of these stacks and the environment's configuration in one file, and says of each how many resources it has.
 * @returns Path of the file.
 * @throws OperatorError when a stack is being changed, or there is none.
 */
export async function saveStates(
  engine: StateEngine,
  projects: readonly StackProject[] = stackProjects,
): Promise<string> {
  return writeStates(engine, await readStates(engine, projects));
}

/** The states of those of these stacks that there are, by project. */
export async function readStates(
  engine: StateEngine,
  projects: readonly StackProject[],
): Promise<Record<string, ExportedStack>> {
  const stacks: Record<string, ExportedStack> = {};
  for (const project of projects) {
    refuseWhileLocked(engine, project);
    await refuseWhileFormerLocked(engine, project);
    if (await engine.stackExists(project)) {
      stacks[project.name] = await exportStack(engine, project);
      console.log(`${project.name}: ${resourceCount(stacks[project.name])} resources`);
    }
  }
  return stacks;
}

/** Writes states to a new file. @returns Its path. @throws OperatorError when there is none. */
export function writeStates(
  { environment, backendUrl }: Pick<StateEngine, "environment" | "backendUrl">,
  stacks: Record<string, ExportedStack>,
): string {
  if (Object.keys(stacks).length === 0) {
    throw new OperatorError({
      what: `There is no state of environment ${environment} to save.`,
      where: backendUrl,
      next: `make up ENV=${environment} makes one; where there was one: make restore-state ENV=${environment}`,
    });
  }
  return writeStateBackup({
    format: 1,
    environment,
    created: new Date().toISOString(),
    configuration: readFileSync(configurationPath(environment), "utf8"),
    stacks: stacks as Record<string, ExportedStack & Record<string, unknown>>,
  });
}

/** How many resources a state has. */
export function resourceCount({ deployment }: Pick<ExportedStack, "deployment">): number {
  return deployment.resources?.length ?? 0;
}

/** The projects among all that a backup has a state of, in the order in which a site is brought up. */
export function projectsIn(stacks: object): StackProject[] {
  return stackProjects.filter(({ name }) => name in stacks);
}
