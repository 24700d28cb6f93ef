import { elapsed } from "../../lib/humanUnits";
import { INSECURE_WARNING } from "../../vcenter/roleBindings";
import { isThere } from "../destroy";
import { Engine } from "../engine/engine";
import { endOrphans } from "../engine/orphanedProcesses";
import { readStackFile } from "../engine/stackFile";
import { selectProjects } from "../engine/stacks";
import { stateOf } from "../engine/stackState";
import { lab, labIsIntact } from "../lab/labCommand";
import { dropLostSite, isGoing } from "../lab/lostLab";
import { abandonsCluster } from "../lost-nodes/deadCluster";
import { describeLeftovers } from "../lost-nodes/leftovers";
import type { Leftover } from "../lost-nodes/volumes";
import { refuseProtected } from "../protectedMachines";
import { moveFormerNames } from "../recovery/formerNames";
import { selectStages } from "../stages";
import { forgetUp } from "../unchanged";

/**
 * Destroys the whole site, or one stack of it, in the reverse order of `up`, and lists at the end what stays on purpose. If the
 * environment has a lab and the whole site is destroyed, the lab goes last. The programs define the order of deletes, so that a
 * plain `pulumi destroy` follows it.
 *
 * Machines that do not answer are named, and no delete steps run on them. The stacks' own delete steps find lost nodes.
 *
 * @param lost - `cluster` if no API server will ever answer again: the destroy then goes on without it, outside the lab after a
 *   question.
 *
 * A lab that has lost its vCenter (a restart of the computer, a killed process) has nothing left
 * that pulumi could talk to; then the lab's remains are removed and the stacks' states are dropped.
 */
export async function down(environment: string, stack?: string, lost?: string): Promise<void> {
  const started = Date.now();
  const file = readStackFile(environment);
  const hasLab = file.labPassphrase !== undefined;
  const whole = stack === undefined;
  const engine = new Engine(environment);
  if (file.vcenter.insecure) {
    // Elsewhere the program infra says so, which a destroy does not run.
    console.warn(`warning: ${INSECURE_WARNING}`);
  }
  await endOrphans(environment);
  forgetUp(environment);
  const stages = selectStages(stack).reverse();
  const isLost = hasLab && whole && (isGoing(environment) || !(await labIsIntact(environment)));
  await moveFormerNames(engine, { aside: isLost });
  if (isLost) {
    await dropLostSite(engine);
    console.log(`\nThe site is down, ${elapsed(started)}.`);
    return;
  }
  if (stages.some(({ project }) => project.name === "infra")) {
    refuseProtected(environment, await stateOf(engine, selectProjects("infra")[0]));
  }
  const run = {
    ...{ engine, file, whole, isAbandoned: await abandonsCluster(engine, lost) },
    ...{ silent: [], left: [] as Leftover[] },
  };
  for (const [index, { project, down: steps }] of stages.entries()) {
    const title = `[${index + 1} of ${stages.length}] ${project.name}`;
    const destroy = { ...run, project };
    if (!(await isThere(destroy))) {
      console.log(`\n${title}: no stack ${environment}`);
      continue;
    }
    console.log(`\n${title}: pulumi destroy --stack ${environment}`);
    for (const step of steps) {
      await step(destroy);
    }
  }
  if (hasLab && whole) {
    await lab("down", environment);
  }
  console.log(`\n${stack ?? "The site"} is down, ${elapsed(started)}.`);
  if (run.left.length > 0) {
    console.log(`\nLeft on purpose:\n${describeLeftovers(run.left)}`);
  }
}
