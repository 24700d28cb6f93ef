import { INSECURE_WARNING } from "../environment/access";
import { mendBackendFiles } from "./backendFiles";
import { writeDriftNote } from "./driftNote";
import { Engine, isUnattended } from "./engine";
import { settleInterruptedUpdate } from "./interrupted";
import { lab, labIsIntact } from "./lab";
import { clusterVolumesLeft, describeLeftovers, foldersOf } from "./leftovers";
import { refuseWhileLocked, releaseStaleLock } from "./locks";
import { dropLostSite, isGoing } from "./lostLab";
import { endOrphans } from "./orphans";
import { elapsed } from "./report";
import { readStackFile } from "./stackFile";
import { selectProjects } from "./stacks";
import { vcenterOf } from "./vcenter";
import type { Leftover } from "./volumes";

/**
 * Destroys the whole site, or one stack of it, in the reverse order of `up`, and lists at the end what stays on purpose. Where the
 * environment has a lab and the whole site goes, the lab goes last. What has to be gone before something else goes is in the
 * programs, so that a plain `pulumi destroy` keeps to it.
 *
 * A lab that has lost its vCenter (a restart of the computer, a killed process) has nothing left
 * that pulumi could talk to; then the lab's remains are removed and the stacks' states are dropped.
 */
export async function down(environment: string, stack?: string): Promise<void> {
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
    if (project.name === "cluster") {
      left.push(...(await clusterVolumesLeft(engine, { machinesGo: stack === undefined })));
    }
    await engine.run(project, ["destroy", "--stack", environment, ...consent]);
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
