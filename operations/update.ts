import { existsSync } from "node:fs";

import type { Environment } from "../environment/schema";
import { Kubectl } from "../kubernetes/kubectl";
import { OperatorError } from "../lib/operatorError";
import { undoInterruptedScaling } from "./backups/scale";
import { type DriftNote, readDriftNote, repeatSteps, writeDriftNote } from "./drift/note";
import { TAKE_BACK } from "./drift/plannedChanges";
import { mendBackendFiles, readStateFile } from "./engine/backend/backendFiles";
import { consentOf, type Engine } from "./engine/engine";
import { kubeconfigPath, writeKubeconfig } from "./engine/kubeconfigFile";
import { endOrphans } from "./engine/orphanedProcesses";
import { POLICY_PACK } from "./engine/policyPack";
import { heldMachines, leavingMachines } from "./heldMachines";
import { refuseOlderPlugins } from "./official-tools/refuseOlderPlugins";
import type { StackFile } from "./engine/stackFile";
import type { StackProject } from "./engine/stacks";
import { letGoOfSilent } from "./lost-nodes/letGo";
import { machinesIn, namingSilentMachines } from "./lost-nodes/silenceWatch";
import { forgetVanished } from "./lost-nodes/vanishedMachines";
import { preflightWhereNeeded } from "./preflight/preflight";
import { upWithAttempts } from "./recovery/attempts";
import { takeOverFields } from "./recovery/fieldManagers";
import { settleInterruptedUpdate } from "./recovery/pendingOperations";
import {
  refuseWhileLocked,
  refuseWhileLockedInBackend,
  releaseStaleLock,
} from "./recovery/stateLocks";
import { vcenterOf } from "./recovery/vcenter";

/** What the steps of `make up` know of the stack that is updated. */
export interface Update {
  engine: Engine;
  project: StackProject;
  site: Environment;
  file: StackFile;
  /** What `make drift` found in it. */
  drift?: DriftNote;
  /** URNs of resources that an interrupted update may have created; the step that settles it says which. */
  unconfirmed?: string[];
}

const clusterOf = async (environment: string): Promise<Kubectl> =>
  new Kubectl(await writeKubeconfig(environment));

/** Prepares the stack for work: checks that no other run changes it, and that its state can be read. */
export async function open({ engine, project }: Update): Promise<void> {
  refuseWhileLocked(engine, project);
  const isThere = await refuseWhileLockedInBackend(engine, project);
  mendBackendFiles(engine, project);
  if (!isThere && readStateFile(engine, project) === undefined) {
    await engine.ensureStack(project);
  }
  await releaseStaleLock(engine, project);
}

/**
 * Settles what an interrupted update has left in the vCenter and in the state.
 * @throws OperatorError when the plugins of this checkout are older than those that have written the state.
 */
export async function settle(update: Update): Promise<void> {
  const { engine, project, file } = update;
  update.unconfirmed = await settleInterruptedUpdate(
    engine,
    project,
    vcenterOf(engine, project, file),
    ({ deployment }) => {
      refuseOlderPlugins(engine, project, deployment.resources);
    },
  );
}

/** The same, and takes over the fields of objects in the cluster that killed updates own. */
export async function settleInCluster(update: Update): Promise<void> {
  const { engine, project, file } = update;
  await settleInterruptedUpdate(engine, project, vcenterOf(engine, project, file), (stack) => {
    refuseOlderPlugins(engine, project, stack.deployment.resources);
    return takeOverFields(() => clusterOf(engine.environment), stack).catch(
      unanswered("Who owns objects"),
    );
  });
}

/** Takes machines out of the state that were deleted by hand in the vCenter, so that this update makes them again. */
export async function forgetVanishedMachines(update: Update): Promise<void> {
  const { engine, project, file } = update;
  await forgetVanished({ ...update, vcenter: vcenterOf(engine, project, file) });
}

/** Asks the vCenter for all that could end the update. */
export async function preflight({ engine, project }: Update): Promise<void> {
  await preflightWhereNeeded(engine, project);
}

/**
 * Starts what a killed restore has left stopped: pulumi would not see that. The kubeconfig file of the run before is tried first, since
 * the engine takes a third of a second to read the state's. A file of a cluster that is gone opens no other cluster.
 */
export async function startStopped({ engine }: Update): Promise<void> {
  const written = kubeconfigPath(engine.environment);
  try {
    if (existsSync(written)) {
      return await undoInterruptedScaling(new Kubectl(written));
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
  }
  try {
    await undoInterruptedScaling(await clusterOf(engine.environment));
  } catch (error) {
    unanswered("Whether a restore has left anything stopped")(error);
  }
}

/** Makes this update repair what `make drift` found, and what a recovery or a restored state has left behind. */
export async function prepareRepair({ engine, project, drift }: Update): Promise<void> {
  if (drift !== undefined) {
    console.log(
      "  everything is read again: make drift has found changes by hand, or a cluster or a state was restored",
    );
    await repeatSteps(engine, project, drift.steps);
  }
}

/** Removes the delete steps on machines that leave the cluster and do not answer. What lets their nodes go is no step on them, and stays. */
export async function letGoOfLeaving({ engine, project }: Update): Promise<void> {
  const leaving = await leavingMachines(engine);
  if (leaving.length > 0) {
    await letGoOfSilent(engine, project, { only: leaving });
  }
}

/** `pulumi up`. */
export async function runUp({ engine, project, drift }: Update): Promise<void> {
  await engine.run(project, ["up", ...upArgs(engine, drift)], drift ? TAKE_BACK : {});
}

/** `pulumi up` of machines, again where it failed for a cause that passes. */
export async function runUpWithAttempts(update: Update): Promise<void> {
  const { engine, project, file, drift, unconfirmed } = update;
  await upWithAttempts(engine, project, vcenterOf(engine, project, file), upArgs(engine, drift), {
    settled: unconfirmed,
    beforeNext: () => endOrphans(engine.environment),
  });
}

/** `pulumi up` of a cluster, while machines that do not answer are named. */
export async function runUpNamingSilent(update: Update): Promise<void> {
  const held = await heldMachines(update.engine);
  const listed = machinesIn(update.site).filter(
    ({ name }) => !held.some((one) => one.name === name),
  );
  await namingSilentMachines([...listed, ...held], () => runUp(update));
}

/** Removes the note of `make drift`: what it found is repaired. */
export function closeDrift({ engine, project }: Update): void {
  writeDriftNote(engine.environment, project.name);
}

/** The stack's update, before any of its steps. */
export function beginUpdate(
  run: Pick<Update, "engine" | "site" | "file">,
  project: StackProject,
): Update {
  return { ...run, project, drift: readDriftNote(run.engine.environment, project.name) };
}

function upArgs({ environment }: Engine, drift: DriftNote | undefined): string[] {
  return [
    ...["--stack", environment, ...POLICY_PACK],
    ...consentOf(environment),
    ...(drift ? ["--refresh"] : []),
  ];
}

/** Reports a cluster that does not answer, and goes on: the update may be what repairs it. */
const unanswered =
  (question: string) =>
  (error: unknown): void => {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    console.log(`${question} was not looked at: ${error.fault.what}`);
  };
