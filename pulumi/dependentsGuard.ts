import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Project } from "../environment/contracts";
import { deleteStep } from "./deleteStep";

/** What a guard protects, and which stack depends on it. */
export interface DependentsGuardArgs {
  /** The project whose resources depend on this stack's. */
  downstream: Project;
  /** All resources of this stack that the other stack depends on. The guard is deleted before any of them. */
  protects: pulumi.Resource[];
}

/**
 * Refuses to destroy a stack while another stack still depends on it. It is a command that does nothing on create and depends on
 * everything, so that destroy begins with it. Its delete command fails while the downstream stack has resources, and then nothing
 * else is deleted.
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
