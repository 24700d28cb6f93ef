import { INSECURE_WARNING } from "../../vcenter/roleBindings";
import { mendBackendFiles } from "../engine/backendFiles";
import { givesUpCluster } from "../lost-nodes/deadCluster";
import { writeDriftNote } from "../drift/note";
import { Engine, isUnattended } from "../engine/engine";
import { DELETE_UNREACHABLE } from "../lost-nodes/abandonedCluster";
import { settleInterruptedUpdate } from "../recovery/pendingOperations";
import { lab, labIsIntact } from "../lab/labCommand";
import {
  clusterVolumesLeft,
  describeLeftovers,
  foldersOf,
  leftByDeadCluster,
} from "../lost-nodes/leftovers";
import { letGoOfSilent } from "./letGo";
import { refuseWhileLocked, releaseStaleLock } from "../recovery/stateLocks";
import { dropLostSite, isGoing } from "../lab/lostLab";
import { endOrphans } from "../engine/orphanedProcesses";
import { elapsed } from "../../lib/humanUnits";
import { readStackFile } from "../engine/stackFile";
import { selectProjects } from "../engine/stacks";
import { vcenterOf } from "../recovery/vcenter";
import type { Leftover } from "../lost-nodes/volumes";

/**
 * Destroys the whole site, or one stack of it, in the reverse order of `up`, and lists at the end what stays on purpose. Where the
 * environment has a lab and the whole site goes, the lab goes last. What has to be gone before something else goes is in the
 * programs, so that a plain `pulumi destroy` keeps to it.
 *
 * Machines that do not answer are named, and nothing is undone on them; nodes that are lost the stacks find out themselves.
 *
 * @param lost - `cluster` where no API server will ever answer again: then the site goes without it, which outside the lab asks.
 *
 * A lab that has lost its vCenter (a restart of the computer, a killed process) has nothing left
 * that pulumi could talk to; then the lab's remains are removed and the stacks' states are dropped.
 */
export async function down(environment: string, stack?: string, lost?: string): Promise<void> {
  const started = Date.now();
  const file = readStackFile(environment);
  const hasLab = file.labPassphrase !== undefined;
  const engine = new Engine(environment);
  if (file.vcenter.insecure) {
    // Elsewhere the program infra says so, which a destroy does not run.
    console.warn(`warning: ${INSECURE_WARNING}`);
  }
  await endOrphans(environment);
  const projects = [...selectProjects(stack)].reverse();
  if (
    hasLab &&
    stack === undefined &&
    (isGoing(environment) || !(await labIsIntact(environment)))
  ) {
    await dropLostSite(engine);
    console.log(`\nThe site is down, ${elapsed(started)}.`);
    return;
  }
  const consent = isUnattended(environment) ? ["--yes", "--skip-preview"] : [];
  const left: Leftover[] = [];
  const givenUp = await givesUpCluster(engine, lost);
  const unreachable: Record<string, string> = givenUp ? { [DELETE_UNREACHABLE]: "true" } : {};
  let silent: string[] = [];
  for (const [index, project] of projects.entries()) {
    const title = `[${index + 1} of ${projects.length}] ${project.name}`;
    refuseWhileLocked(engine, project);
    mendBackendFiles(engine, project);
    if (!(await engine.stackExists(project))) {
      console.log(`\n${title}: no stack ${environment}`);
      continue;
    }
    await releaseStaleLock(engine, project);
    console.log(`\n${title}: pulumi destroy --stack ${environment}`);
    await settleInterruptedUpdate(engine, project, vcenterOf(engine, project, file));
    if (givenUp) {
      left.push(...(await leftByDeadCluster(engine, project)));
    }
    if (project.name === "cluster") {
      if (!givenUp) {
        left.push(...(await clusterVolumesLeft(engine, { machinesGo: stack === undefined })));
      }
      silent = await letGoOfSilent(engine, project);
    }
    // A machine that the vCenter does not have any more could not be deleted: the state learns of that first.
    const refresh = project.name === "infra" && silent.length > 0 ? ["--refresh"] : [];
    const args = ["destroy", "--stack", environment, ...refresh, ...consent];
    await engine.run(project, args, unreachable);
    writeDriftNote(environment, project.name);
    if (project.name === "apps") {
      left.push(...foldersOf(environment));
    }
  }
  if (hasLab && stack === undefined) {
    await lab("down", environment);
  }
  console.log(`\n${stack ?? "The site"} is down, ${elapsed(started)}.`);
  if (left.length > 0) {
    console.log(`\nLeft on purpose:\n${describeLeftovers(left)}`);
  }
}
