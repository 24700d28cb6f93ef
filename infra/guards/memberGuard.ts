import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type * as vsphere from "@pulumi/vsphere";

import type { NodeSpec } from "../../environment/schema";
import { deleteStep } from "../../pulumi/deleteStep";
import type { Machine } from "../machine/machine";

/** What the guard of a machine is told beside the machine. */
export interface MemberGuardArgs {
  role: NodeSpec["role"];
  /** The machines' folder. It is deleted with the whole site only, and then no guard has to ask anybody. */
  folder: vsphere.Folder;
}

/**
 * Refuses to delete a machine that the running cluster still has: a command that does nothing until it is deleted, which happens
 * before its machine is deleted or replaced. The program refuses what it can foresee (refuseEdits.ts); this is for the rest, such
 * as `--target` and replacements that the plugin decides on.
 *
 * A guard deletes nothing itself: it asks the cluster (operations/memberGuard.ts). Name: `<machine>-member-check`.
 */
export function memberGuard(machine: Machine, { role, folder }: MemberGuardArgs): local.Command {
  return new local.Command(
    `${machine.name}-member-check`,
    {
      delete: machine.vmId.apply((vmId) =>
        deleteStep("memberGuard", machine.name, vmId, role, pulumi.getStack()),
      ),
      logging: local.Logging.None,
      addPreviousOutputInEnv: false,
    },
    {
      parent: machine,
      dependsOn: machine.vm,
      replaceWith: [machine.vm],
      deletedWith: folder,
    },
  );
}
