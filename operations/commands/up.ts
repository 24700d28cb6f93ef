import type { Environment } from "../../environment/schema";
import { upWithAttempts } from "../recovery/attempts";
import { mendBackendFiles } from "../engine/backendFiles";
import { readDriftNote, repeatSteps, writeDriftNote } from "../drift/note";
import { Engine, isUnattended } from "../engine/engine";
import { settleInterruptedUpdate } from "../recovery/pendingOperations";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { Kubectl } from "../../kubernetes/kubectl";
import { lab } from "../lab/labCommand";
import { dropLostSite, isGoing } from "../lab/lostLab";
import {
  forgetLeftMachines,
  noteLeavingMachines,
  readLeftMachines,
} from "../lost-nodes/leavingMachines";
import { letGoOfSilent } from "./letGo";
import { refuseWhileLocked, releaseStaleLock } from "../recovery/stateLocks";
import { OperatorError } from "../../lib/operatorError";
import { endOrphans } from "../engine/orphanedProcesses";
import { TAKE_BACK } from "../drift/plannedChanges";
import { POLICY_PACK } from "../engine/policyPack";
import { preflightWhereNeeded } from "./preflight";
import { elapsed } from "../../lib/humanUnits";
import { machinesIn, namingSilentMachines } from "../lost-nodes/silenceWatch";
import { checkStackFile, readStackFile } from "../engine/stackFile";
import { selectProjects, type StackProject } from "../engine/stacks";
import { startLeftovers } from "../backups/scale";
import { takeOverFields } from "../recovery/fieldManagers";
import { vcenterOf } from "../recovery/vcenter";

/**
 * Brings the whole site up, or one stack of it: `pulumi up` in order, each preceded by whatever an
 * interrupted run left to settle. An environment with a lab gets its lab first. Before machines are made the vCenter is asked
 * for all that could end that.
 *
 * Outside the lab pulumi shows its preview and asks before each stack, unless YES=1 is set.
 */
export async function up(environment: string, stack?: string): Promise<void> {
  const started = Date.now();
  const projects = selectProjects(stack);
  const site = checkStackFile(environment);
  const file = readStackFile(environment);
  const engine = new Engine(environment);
  await endOrphans(environment);
  if (file.labPassphrase !== undefined) {
    if (isGoing(environment)) {
      await dropLostSite(engine);
    }
    await lab("up", environment);
  }
  const consent = isUnattended(environment) ? ["--yes", "--skip-preview"] : [];
  for (const [index, project] of projects.entries()) {
    const begun = Date.now();
    console.log(
      `\n[${index + 1} of ${projects.length}] ${project.name}: pulumi up --stack ${environment}`,
    );
    refuseWhileLocked(engine, project);
    mendBackendFiles(engine, project);
    await engine.ensureStack(project);
    if (index === 0) {
      await engine.checkPassphrase(project);
    }
    await releaseStaleLock(engine, project);
    const drifted = readDriftNote(environment, project.name);
    const args = [
      "--stack",
      environment,
      ...POLICY_PACK,
      ...consent,
      ...(drifted ? ["--refresh"] : []),
    ];
    const prepareRepair = async (): Promise<void> => {
      if (drifted !== undefined) {
        console.log("  make drift has found changes by hand: everything is read anew");
        await repeatSteps(engine, project, drifted.steps);
      }
    };
    const vcenter = vcenterOf(engine, project, file);
    if (project.name === "infra") {
      await upWithAttempts(engine, project, vcenter, args, {
        beforeFirst: async () => {
          const resources = await preflightWhereNeeded(engine, project);
          noteLeavingMachines(site, resources);
          await prepareRepair();
        },
        beforeNext: () => endOrphans(environment),
      });
    } else {
      await settleInterruptedUpdate(engine, project, vcenter, (stack) =>
        takeOverFields(() => clusterOf(environment), stack).catch(unanswered("Who owns objects")),
      );
      if (project.name === "apps") {
        await startWhatRestoresStopped(environment);
      }
      await prepareRepair();
      const run = () => engine.run(project, ["up", ...args], drifted ? TAKE_BACK : {});
      if (project.name === "cluster") {
        await upOfCluster(engine, project, site, run);
      } else {
        await run();
      }
    }
    writeDriftNote(environment, project.name);
    console.log(`[${index + 1} of ${projects.length}] ${project.name}: up after ${elapsed(begun)}`);
  }
  console.log(`\n${stack ?? "The site"} is up, ${elapsed(started)}. make status shows it.`);
}

const clusterOf = async (environment: string): Promise<Kubectl> =>
  new Kubectl(await writeKubeconfig(environment));

/** On the machines that infra has taken away nothing can be undone, and those that do not answer are named. */
async function upOfCluster(
  engine: Engine,
  project: StackProject,
  site: Environment,
  run: () => Promise<void>,
): Promise<void> {
  const left = readLeftMachines(site);
  if (left.length > 0) {
    await letGoOfSilent(engine, project, { only: left });
  }
  await namingSilentMachines(machinesIn(site), run);
  forgetLeftMachines(site.stack);
}

/** A restore that was killed has left its application stopped; pulumi would not see that. */
async function startWhatRestoresStopped(environment: string): Promise<void> {
  try {
    await startLeftovers(await clusterOf(environment));
  } catch (error) {
    unanswered("Whether a restore has left anything stopped")(error);
  }
}

/** What is only looked after does not keep the update from mending a cluster that does not answer. */
const unanswered =
  (question: string) =>
  (error: unknown): void => {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    console.log(`${question} was not looked at: ${error.fault.what}`);
  };
