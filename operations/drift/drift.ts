import { infraContract } from "../../environment/contracts";
import { OperatorError } from "../../lib/operatorError";
import { type ChangedFile, changedFiles, KEEPERS, stepsToRepeat } from "./machineFiles";
import { readDriftNote, writeDriftNote } from "./note";
import { plannedChanges } from "./plannedChanges";
import { describeDrift, type StackDrift } from "./text";
import { Engine } from "../engine/engine";
import { checkStackFile } from "../engine/stackFile";
import { selectProjects, type StackProject } from "../engine/stacks";
import { resourcesOf } from "../engine/stackState";
import { withPresentNames } from "../recovery/formerNames";
import { refuseWhileLocked } from "../recovery/stateLocks";
import { selectStages } from "../stages";

/**
 * Compares a running site with what the programs have made of it: everything that vCenter and the Kubernetes API can tell, and the
 * files on the machines, over one SSH login each. Changes nothing but a note beside the state of what the next `up` has to
 * look at again; `up` without one reads neither the site nor the machines.
 * @throws OperatorError when anything differs, or a part of the site could not be looked at.
 */
export async function drift(environment: string, stack?: string): Promise<void> {
  checkStackFile(environment);
  const found = await withPresentNames(new Engine(environment), (engine) => driftOf(engine, stack));
  const { text, count } = describeDrift(found);
  console.log(text);
  if (count > 0) {
    throw new OperatorError({
      what: `${count === 1 ? "1 thing is" : `${count} things are`} not as the programs have it. Nothing was changed.`,
      next: `make up ENV=${environment} repairs what stands above, and nothing else; where the change was wanted, make it in Pulumi.${environment}.yaml`,
    });
  }
}

async function driftOf(engine: Engine, stack: string | undefined): Promise<StackDrift[]> {
  const { environment } = engine;
  const found: StackDrift[] = [];
  const files = await filesOnMachines(engine);
  for (const { project } of selectStages(stack).filter(({ isInSite }) => isInSite)) {
    refuseWhileLocked(engine, project);
    if (!(await engine.stackExists(project))) {
      console.log(`${project.name}: no stack ${environment}`);
      continue;
    }
    found.push(await stackDrift(engine, project, files));
  }
  return found;
}

async function stackDrift(
  engine: Engine,
  project: StackProject,
  { files }: { files: readonly ChangedFile[] },
): Promise<StackDrift> {
  const changes = await plannedChanges(engine, project);
  const own = files.filter(({ keeper }) => KEEPERS[keeper].project === project.name);
  const steps = stepsToRepeat(project.name, await resourcesOf(engine, project), own);
  const differs = changes.length > 0 || own.length > 0;
  // A note of an earlier look, or of a restored state, goes when all is well.
  if (differs || readDriftNote(engine.environment, project.name) !== undefined) {
    writeDriftNote(engine.environment, project.name, differs ? { steps } : undefined);
  }
  return { stack: project.name, changes, files: own };
}

/** Nothing where infra is not up: there are no machines then. */
async function filesOnMachines(
  engine: Engine,
): Promise<{ compared: number; files: ChangedFile[] }> {
  const outputs = await engine.outputs(selectProjects("infra")[0]);
  const infra = infraContract.safeParse(outputs?.infra);
  const key = outputs?.sshPrivateKey;
  return infra.success && typeof key === "string"
    ? changedFiles(infra.data, key)
    : { compared: 0, files: [] };
}
