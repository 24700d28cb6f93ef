import { isStep } from "../../pulumi/recordedCluster";
import { repeatSteps, writeDriftNote } from "../drift/note";
import { readRemoteSteps, type RemoteStep } from "../engine/remoteSteps";
import { type Engine } from "../engine/engine";
import { selectProjects } from "../engine/stacks";
import { releaseStaleLock } from "../recovery/stateLocks";
import type { MadeNode } from "./savedSite";

/**
 * The steps of the stack cluster that a recovered control plane needs again, although nothing in the configuration has changed: what
 * they have written on the machine, or from there into the cluster, may be older now, or gone.
 */
export function stepsOfControlPlane(
  steps: readonly RemoteStep[],
  { name, address }: Pick<MadeNode, "name" | "address">,
): string[] {
  return steps
    .filter(({ host }) => host === address)
    .filter((step) => step.name.endsWith(`-${name}`) || isStep(step.urn, "initialize"))
    .map(({ urn }) => urn);
}

/**
 * Makes the next `make up` compare the cluster with the states: they may know objects that the recovered data has not, which an update
 * would take for being there. Call it before the recovery: one that is cut off has its consequences all the same.
 */
export async function readAgainAfterRecovery(engine: Engine, machine: MadeNode): Promise<void> {
  const [cluster] = selectProjects("cluster");
  await releaseStaleLock(engine, cluster);
  const steps = await readRemoteSteps(engine, cluster);
  await repeatSteps(engine, cluster, stepsOfControlPlane(steps, machine));
  for (const project of [cluster, ...selectProjects("apps")]) {
    if (await engine.stackExists(project)) {
      writeDriftNote(engine.environment, project.name, { steps: [] });
    }
  }
}
