import { elapsed } from "../lib/humanUnits";
import * as destroy from "./destroy";
import { selectProjects, type StackProject } from "./engine/stacks";
import * as update from "./update";

type UpStep = (update: update.Update) => Promise<void> | void;

/** What commands do with one stack, in order. */
export interface Stage {
  /** Steps of `make up` before it knows what there is to do. They settle what an interrupted run has left. */
  prepare: readonly UpStep[];
  /** Steps that put right what pulumi does not see. */
  mend: readonly UpStep[];
  /** Steps that update the stack. */
  up: readonly UpStep[];
  /** Steps of `make down`. */
  down: readonly ((destroy: destroy.Destroy) => Promise<void> | void)[];
  /** Whether `make drift` looks at it. A stack that only reads the others' outputs has nothing in the site. */
  isInSite: boolean;
}

/** The stages of a site, by stack. `make up` walks them in the order of stackProjects, `make down` the other way. */
const stages: Record<string, Stage> = {
  infra: {
    prepare: [update.open, update.settle, update.forgetVanishedMachines],
    mend: [],
    up: [update.preflight, update.prepareRepair, update.runUpWithAttempts, update.closeDrift],
    down: [
      destroy.releaseLock,
      destroy.settle,
      destroy.noteLeftByDeadCluster,
      destroy.runDestroyOfMachines,
    ],
    isInSite: true,
  },
  cluster: {
    prepare: [update.open, update.settleInCluster],
    mend: [],
    up: [update.prepareRepair, update.letGoOfLeaving, update.runUpNamingSilent, update.closeDrift],
    down: [
      destroy.releaseLock,
      destroy.settle,
      destroy.noteLeftByDeadCluster,
      destroy.noteVolumes,
      destroy.letGoOfSilentMachines,
      destroy.runDestroy,
    ],
    isInSite: true,
  },
  apps: {
    prepare: [update.open, update.settleInCluster],
    mend: [update.startStopped],
    up: [update.prepareRepair, update.runUp, update.closeDrift],
    down: [
      destroy.releaseLock,
      destroy.settle,
      destroy.noteLeftByDeadCluster,
      destroy.runDestroy,
      destroy.noteFolders,
    ],
    isInSite: true,
  },
  site: {
    prepare: [update.open, update.settleInCluster],
    mend: [],
    up: [update.prepareRepair, update.runUp, update.closeDrift],
    down: [destroy.releaseLock, destroy.settle, destroy.noteLeftByDeadCluster, destroy.runDestroy],
    isInSite: false,
  },
};

/** The stages that a command walks: of all stacks, or of the one named. @throws OperatorError when there is no such stack. */
export function selectStages(stack?: string): (Stage & { project: StackProject })[] {
  return selectProjects(stack).map((project) => ({ project, ...stages[project.name] }));
}

/** Brings one stack up. @param title - Names it on the terminal. */
export async function upStage(
  stack: update.Update,
  { prepare, mend, up }: Pick<Stage, "prepare" | "mend" | "up">,
  title: string,
): Promise<void> {
  const begun = Date.now();
  console.log(`\n${title}: pulumi up --stack ${stack.engine.environment}`);
  for (const step of [...prepare, ...mend, ...up]) {
    await step(stack);
  }
  console.log(`${title}: up after ${elapsed(begun)}`);
}
