import { indent } from "../../lib/bash";
import { elapsed } from "../../lib/humanUnits";
import { chooseBackend } from "../engine/backend/chooseBackend";
import { Engine } from "../engine/engine";
import { endOrphans } from "../engine/orphanedProcesses";
import { againWhileHeld, describeHeld, heldMachines } from "../heldMachines";
import { proxyProtocolIsDue } from "../proxyProtocol";
import { sharePolicies } from "../engine/sharedPolicies";
import { checkStackFile, readStackFile } from "../engine/stackFile";
import { lab } from "../lab/labCommand";
import { dropLostSite, isGoing } from "../lab/lostLab";
import { upSummary } from "../status/upSummary";
import { saveChangedStates, stateBackupTarget } from "../recovery/changedStates";
import { moveFormerNames } from "../recovery/formerNames";
import { selectStages, upStage } from "../stages";
import { forgetUp, isUnchanged, noteUp, seemsUnchanged } from "../unchanged";
import { beginUpdate, type Update } from "../update";

/**
 * Brings the whole site up, or one stack of it: the stages of operations/stages.ts in their order. An environment with a lab gets its
 * lab first.
 *
 * Where nothing was edited since, it first asks whether there is anything to do at all (unchanged.ts).
 *
 * Machines that infra keeps for the cluster's sake go as soon as the cluster has let them go: infra and cluster are then brought up once
 * more (heldMachines.ts).
 *
 * The load balancers tell clients' addresses to a Traefik that expects it, and to no other: infra is brought up once more where apps has
 * taught it that (proxyProtocol.ts).
 *
 * At the end the states are saved where they have changed (recovery/changedStates.ts).
 *
 * Where the state of an environment without a lab lives has to be said before its first update (engine/backend/chooseBackend.ts).
 *
 * Outside the lab pulumi shows its preview and asks before each stack, unless YES=1 is set.
 */
export async function up(environment: string, stack?: string): Promise<void> {
  const started = Date.now();
  const stages = selectStages(stack);
  const target = stateBackupTarget(environment);
  const site = checkStackFile(environment);
  const file = readStackFile(environment);
  await chooseBackend(environment);
  const engine = new Engine(environment);
  sharePolicies(environment);
  await endOrphans(environment);
  await moveFormerNames(engine, { aside: isGoing(environment) });
  if (file.labPassphrase !== undefined) {
    if (isGoing(environment)) {
      await dropLostSite(engine);
    }
    await lab("up", environment);
  }
  const updates = stages.map(({ project }) => beginUpdate({ engine, site, file }, project));
  const isWhole = stack === undefined;
  if (!isWhole || !seemsUnchanged(engine, updates) || !(await isUnchanged(stages, updates))) {
    forgetUp(environment);
    await engine.checkPassphrase(stages[0].project);
    const bringUp = (index: number, update: Update, pass = ""): Promise<void> =>
      upStage(
        update,
        stages[index],
        `[${index + 1} of ${stages.length}] ${update.project.name}${pass}`,
      );
    const again = (name: string) => async (): Promise<void> => {
      const at = stages.findIndex(({ project }) => project.name === name);
      const next = beginUpdate({ engine, site, file }, stages[at].project);
      await bringUp(at, next, ", again");
    };
    for (const [index, update] of updates.entries()) {
      await bringUp(index, update);
      if (isWhole && update.project.name === "cluster") {
        await againWhileHeld(() => heldMachines(engine), {
          infra: again("infra"),
          cluster: again("cluster"),
        });
      }
      if (isWhole && update.project.name === "apps" && (await proxyProtocolIsDue(engine, site))) {
        await again("infra")();
      }
    }
  }
  if (isWhole) {
    noteUp(engine);
  }
  await saveChangedStates(engine, target);
  if (stack !== undefined) {
    console.log(`\n${stack} is up, ${elapsed(started)}. make status shows it.`);
    const left = describeHeld(await heldMachines(engine), { stack, environment });
    if (left !== undefined) {
      console.log(left);
    }
    return;
  }
  console.log(
    `\nThe site is up, ${elapsed(started)}.\n${indent(upSummary(site, { hasLab: file.labPassphrase !== undefined }))}`,
  );
}
