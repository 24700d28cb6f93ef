import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { deleteStep } from "../pulumi/deleteStep";

/** Whose nodes, and what is deleted after this. */
export interface LostNodesArgs {
  /** Kubeconfig of an administrator. Secret. */
  kubeconfig: pulumi.Input<string>;
  /** All that has pods: their deletion waits for the kubelets of their nodes. */
  before: pulumi.Resource[];
}

/**
 * Lets a destroy go on without nodes that are gone. It does nothing until it is deleted, before everything else; then it looks for
 * nodes that do not answer and has Kubernetes let go of what they had (operations/releaseLostNodes.ts). It is a resource and no
 * step of `make down`, so that a plain `pulumi destroy` does not wait for the pods of a dead machine either.
 */
export class LostNodes extends pulumi.ComponentResource {
  constructor(name: string, args: LostNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:LostNodes", name, {}, opts);
    new local.Command(
      `${name}-release`,
      {
        delete: deleteStep("releaseLostNodes"),
        stdin: pulumi.secret(args.kubeconfig),
        logging: local.Logging.Stdout,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: args.before },
    );
    this.registerOutputs({});
  }
}
