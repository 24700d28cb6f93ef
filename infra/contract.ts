import * as pulumi from "@pulumi/pulumi";

import type { Infra } from "../environment/contracts";
import { infraOutput } from "../environment/infraOutput";
import type { Environment, MachineSpec } from "../environment/schema";
import type { Machine } from "./machine/machine";

/** The output `infra`: what the stack cluster builds on. */
export function siteOutput(
  environment: Environment,
  machines: readonly Machine[],
): pulumi.Output<Infra> {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const made = ({ name, zone }: MachineSpec) => {
    const machine = byName.get(name);
    if (machine === undefined) {
      throw new Error(`There is no machine ${name}.`);
    }
    const { address, hostKey, vmId } = machine;
    return { name, zone, address, hostKey, vmId };
  };
  return pulumi.output(infraOutput(environment, made));
}
