import { type Infra, infraContract } from "../environment/contracts";
import { OperatorError } from "../lib/operatorError";
import { machineOfFirstStep } from "../pulumi/recordedCluster";
import { selectProjects } from "./engine/stacks";
import { type Driver, resourcesOf } from "./engine/stackState";

/** A machine that infra keeps because the cluster still has it. */
export type HeldMachine = Infra["held"][number];

/** What the last update of infra has exported. Undefined before the first one. */
async function exportedInfra(engine: Driver): Promise<Infra | undefined> {
  const resources = await resourcesOf(engine, selectProjects("infra")[0]);
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return infraContract.safeParse(root?.outputs?.infra).data;
}

/** The machines that infra has kept in its last update. */
export async function heldMachines(engine: Driver): Promise<HeldMachine[]> {
  return (await exportedInfra(engine))?.held ?? [];
}

/** Names of the machines that the next update of cluster takes out of the cluster: those with steps that infra does not have as listed. */
export async function leavingMachines(engine: Driver): Promise<string[]> {
  const infra = await exportedInfra(engine);
  if (infra === undefined) {
    return [];
  }
  const steps = await resourcesOf(engine, selectProjects("cluster")[0]);
  return steps.flatMap(({ urn }) => {
    const machine = machineOfFirstStep(urn);
    return machine === undefined || infra.nodes.some(({ name }) => name === machine)
      ? []
      : [machine];
  });
}

/**
 * Brings infra and cluster up again until infra keeps no machine any more. In each pass cluster has let go of at least one before: it
 * takes control planes out one after the other.
 *
 * @param held - Reads which machines infra has kept.
 * @throws OperatorError when a pass has let go of none.
 */
export async function againWhileHeld(
  held: () => Promise<HeldMachine[]>,
  again: { infra: () => Promise<void>; cluster: () => Promise<void> },
): Promise<void> {
  for (let before = await held(); before.length > 0;) {
    await again.infra();
    const left = await held();
    if (before.every(({ vmId }) => left.some((one) => one.vmId === vmId))) {
      throw new OperatorError({
        what: `${namesOf(left)} cannot go: the cluster was brought up without, and its stack still has steps on each.`,
        why: "infra deletes or replaces no machine while that is so; its warning stands above",
        next: "see whether the state of cluster can be read, and what its update says of these machines; then type the same command again",
      });
    }
    await again.cluster();
    before = left;
  }
}

/** What is left to do when one stack alone was brought up. Undefined if there is nothing. */
export function describeHeld(
  held: readonly HeldMachine[],
  { stack, environment }: { stack: string; environment: string },
): string | undefined {
  if (held.length === 0) {
    return undefined;
  }
  const rest = `make up ENV=${environment}, or`;
  switch (stack) {
    case "infra":
      return [
        `${namesOf(held)}: kept as recorded, because the cluster still has them.`,
        `next: ${rest} make up STACK=cluster ENV=${environment} and make up STACK=infra ENV=${environment}`,
      ].join("\n");
    case "cluster":
      return [
        `${namesOf(held)}: out of the cluster; infra still keeps the machines.`,
        `next: ${rest} make up STACK=infra ENV=${environment}, which deletes or replaces them`,
      ].join("\n");
    default:
      return undefined;
  }
}

function namesOf(machines: readonly HeldMachine[]): string {
  return machines.map(({ name }) => name).join(", ");
}
