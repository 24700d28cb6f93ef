import { dirname } from "node:path";

import { stateDirectory } from "../../../lib/paths";
import { type Ended, PlainMachine, type Program } from "../../plainMachine";
import { engineVariables } from "../../../operations/engine/engine";
import { environment } from "./harness";

/** The stacks of a site, in the order in which it is brought up. */
export const STACKS = ["infra", "cluster", "apps"] as const;
export type Stack = (typeof STACKS)[number];

/** The site of the lab, worked on from a machine without .toolchain by plain pulumi. */
export class PlainSite {
  readonly machine = new PlainMachine();

  /** What `make env` sets, but for PATH and PULUMI_HOME, which lead to what `make` has built. */
  variables(without: readonly Program[] = []): Record<string, string> {
    return {
      ...engineVariables(environment),
      // Else it is below HOME.
      XDG_STATE_HOME: dirname(stateDirectory()),
      ...this.machine.variables(without),
    };
  }

  /** Runs pulumi in the folder of a stack. */
  async pulumi(stack: Stack, ...args: string[]): Promise<Ended> {
    return this.machine.run(stack, "pulumi", args, this.variables());
  }
}
