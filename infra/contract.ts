import * as pulumi from "@pulumi/pulumi";

import type { Infra } from "../environment/contracts";
import { infraOutput } from "../environment/infraOutput";
import type { Environment, MachineSpec } from "../environment/schema";
import type { HeldNode } from "./guards/recordedNodes";
import type { MadeMachine } from "./machine/machine";

/**
 * The output `infra`: what the stack cluster builds on.
 *
 * @param machines - Of the load balancers and of all nodes, the held ones included.
 * @param held - Those that are not as the environment lists them.
 */
export function siteOutput(
  environment: Environment,
  machines: readonly MadeMachine[],
  held: readonly HeldNode[] = [],
): pulumi.Output<Infra> {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const made = ({ name }: Pick<MachineSpec, "name">) => {
    const machine = byName.get(name);
    if (machine === undefined) {
      throw new Error(`There is no machine ${name}.`);
    }
    const { zone, address, hostKey, vmId } = machine;
    return { name, zone, address, hostKey, vmId };
  };
  const kept = held.map((node) => ({ ...made(node), role: node.role }));
  return pulumi.output(infraOutput(environment, made, kept));
}
