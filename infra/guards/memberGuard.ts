import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type * as vsphere from "@pulumi/vsphere";

import type { NodeSpec } from "../../environment/schema";
import { deleteStep } from "../../pulumi/deleteStep";
import type { MadeMachine } from "../machine/machine";

/** Arguments of a machine's guard, beside the machine. */
export interface MemberGuardArgs {
  role: NodeSpec["role"];
  /** The machines' folder. It is deleted only with the whole site, and then no guard has to ask the cluster. */
  folder: vsphere.Folder;
}

/**
 * Refuses to delete a machine that the running cluster still has. It is a command that does nothing until it is deleted, and it is
 * deleted before its machine is deleted or replaced. The program holds the machines that the stack cluster has steps on
 * (judgeEdits.ts). The guard is for the rest, such as `--target` and replacements that the plugin decides on.
 *
 * A guard deletes nothing itself: it asks the cluster (operations/memberGuard.ts). Name: `<machine>-member-check`.
 */
export function memberGuard(
  machine: MadeMachine & pulumi.Resource,
  { role, folder }: MemberGuardArgs,
): local.Command {
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
