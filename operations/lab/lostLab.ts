import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stateDirectory } from "../../lib/paths";
import { forgetRemovedState, setBrokenStateAside } from "../engine/backend/backendFiles";
import { former } from "../engine/formerStack";
import { type StackProject, stackProjects } from "../engine/stacks";
import type { StateEngine } from "../recovery/saveStates";
import { refuseWhileLocked, releaseStaleLock } from "../recovery/stateLocks";
import { lab } from "./labCommand";

/**
 * A note that exists while a site is removed whose lab has lost its vCenter. Half a removal is worse than all or nothing: states
 * without machines say that everything is up, and machines without states are refused as another site's. So the next run finishes it.
 */
function note(environment: string): string {
  return join(stateDirectory(), "lost-lab", environment);
}

/** Whether a `make down` that was killed has begun to drop a site with its lab. */
export function isGoing(environment: string): boolean {
  return existsSync(note(environment));
}

/**
 * Takes down a lab that has lost its vCenter, and drops the states of the stacks that stood on it: pulumi has nothing left to
 * talk to. If the lab cannot be removed, nothing is dropped: states and journal are needed to recognise its machines.
 *
 * @param runLab - Runs a command of the lab. Given by tests.
 * @throws OperatorError when a stack is locked, docker does not answer, or something of the lab stays.
 */
export async function dropLostSite(
  engine: StateEngine,
  runLab: typeof lab = lab,
  projects: readonly StackProject[] = stackProjects,
): Promise<void> {
  const { environment } = engine;
  for (const project of projects) {
    refuseWhileLocked(engine, project);
  }
  await runLab("removable", environment);
  const path = note(environment);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, "");
  console.log("\nThe lab has lost its vCenter: it goes, and so do the states of what stood on it.");
  await runLab("down", environment);
  for (const project of [...projects].reverse()) {
    // Whatever it says, it goes; one that cannot be read would keep the engine from removing it.
    setBrokenStateAside(engine, project);
    await releaseStaleLock(engine, project);
    if (await engine.stackExists(project)) {
      console.log(`${project.name}: its machines are gone with the lab; its state is dropped`);
      await engine.run(project, [
        ...["stack", "rm", "--force", "--yes", "--preserve-config", "--stack", environment],
      ]);
    }
    forgetRemovedState(engine, project);
    forgetRemovedState(engine, former(project));
  }
  rmSync(path);
}
