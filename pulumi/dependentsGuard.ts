import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Project } from "../environment/contracts";
import { deleteStep } from "./deleteStep";

/** What a guard protects and from what. */
export interface DependentsGuardArgs {
  /** The project whose resources live on this stack's. */
  downstream: Project;
  /** Every resource of this stack that the other lives on: the guard is deleted before any of them. */
  protects: pulumi.Resource[];
}

/**
 * Refuses to destroy a stack while another still lives on it. It is a command that does nothing on create and depends
 * on everything, so that destroy begins with it; its delete command fails while the downstream stack has resources, and
 * then nothing else is deleted.
 */
export class DependentsGuard extends pulumi.ComponentResource {
  constructor(name: string, args: DependentsGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:environment:DependentsGuard", name, {}, opts);
    new local.Command(
      `${name}-check`,
      {
        delete: deleteStep("guard", args.downstream, pulumi.getStack()),
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: args.protects },
    );
    this.registerOutputs({});
  }
}
