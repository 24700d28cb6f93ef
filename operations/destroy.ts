import { writeDriftNote } from "./drift/note";
import { mendBackendFiles } from "./engine/backend/backendFiles";
import { consentOf, type Engine } from "./engine/engine";
import type { StackFile } from "./engine/stackFile";
import type { StackProject } from "./engine/stacks";
import { DELETE_UNREACHABLE } from "./lost-nodes/abandonedCluster";
import { clusterVolumesLeft, foldersOf, leftByDeadCluster } from "./lost-nodes/leftovers";
import { letGoOfSilent } from "./lost-nodes/letGo";
import type { Leftover } from "./lost-nodes/volumes";
import { settleInterruptedUpdate } from "./recovery/pendingOperations";
import {
  refuseWhileLocked,
  refuseWhileLockedInBackend,
  releaseStaleLock,
} from "./recovery/stateLocks";
import { vcenterOf } from "./recovery/vcenter";

/** What the steps of `make down` know. They are the same for all stacks of one run, but for the project. */
export interface Destroy {
  engine: Engine;
  project: StackProject;
  file: StackFile;
  /** The whole site goes, its machines too. */
  whole: boolean;
  /** The cluster's API is given up: no API server will ever answer again. */
  isAbandoned: boolean;
  /** Machines on which nothing was undone, because they do not answer. */
  silent: string[];
  /** What stays on purpose, to be told at the end. */
  left: Leftover[];
}

/** Whether there is such a stack. No other run may be changing it; its state is repaired before it is read. */
export async function isThere({ engine, project }: Destroy): Promise<boolean> {
  refuseWhileLocked(engine, project);
  mendBackendFiles(engine, project);
  if (!(await engine.stackExists(project))) {
    return false;
  }
  await refuseWhileLockedInBackend(engine, project);
  return true;
}

/** Releases a lock that a killed run has left. */
export function releaseLock({ engine, project }: Destroy): Promise<void> {
  return releaseStaleLock(engine, project);
}

/** Settles what an interrupted update has left in the vCenter and in the state. */
export async function settle({ engine, project, file }: Destroy): Promise<void> {
  await settleInterruptedUpdate(engine, project, vcenterOf(engine, project, file));
}

/** Notes what can no longer be deleted where the cluster is given up. */
export async function noteLeftByDeadCluster({ engine, project, ...run }: Destroy): Promise<void> {
  if (run.isAbandoned) {
    run.left.push(...(await leftByDeadCluster(engine, project)));
  }
}

/** Notes the cluster's volumes that stay. */
export async function noteVolumes({ engine, whole, ...run }: Destroy): Promise<void> {
  if (!run.isAbandoned) {
    run.left.push(...(await clusterVolumesLeft(engine, { machinesGo: whole })));
  }
}

/** Notes the applications' folders on file servers, which stay. */
export function noteFolders({ engine, left }: Destroy): void {
  left.push(...foldersOf(engine.environment));
}

/** Removes the delete steps on machines that do not answer, and names these machines. */
export async function letGoOfSilentMachines({ engine, project, silent }: Destroy): Promise<void> {
  silent.push(...(await letGoOfSilent(engine, project)));
}

/** `pulumi destroy`. */
export async function runDestroy(destroy: Destroy): Promise<void> {
  await destroyWith(destroy);
}

/** `pulumi destroy` of machines. A machine that the vCenter has lost could not be deleted, so the state is refreshed first. */
export async function runDestroyOfMachines(destroy: Destroy): Promise<void> {
  await destroyWith(destroy, ...(destroy.silent.length > 0 ? ["--refresh"] : []));
}

async function destroyWith(
  { engine, project, isAbandoned }: Destroy,
  ...options: string[]
): Promise<void> {
  const { environment } = engine;
  const variables: Record<string, string> = isAbandoned ? { [DELETE_UNREACHABLE]: "true" } : {};
  await engine.run(
    project,
    ["destroy", "--stack", environment, ...options, ...consentOf(environment)],
    variables,
  );
  writeDriftNote(environment, project.name);
}
