import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { deleteStep } from "../../pulumi/deleteStep";

/** The cluster of the volumes, and what must outlive them. */
export interface VolumeReleaseArgs {
  /** Kubeconfig of an administrator. Secret. */
  kubeconfig: pulumi.Input<string>;
  /** Nodes, pod network, provisioner, classes: all of it outlives the volumes. */
  outlivedBy: pulumi.Resource[];
}

/**
 * Releases the volumes of all claims: those of StatefulSets, of Helm charts and of people are no resources of Pulumi. It does nothing
 * until it is deleted, which happens before anything that a volume needs is deleted. Then it deletes all claims and waits until the
 * disks of volumes with reclaim policy Delete are gone (operations/releaseVolumes.ts). It is a resource and not a step of `make down`,
 * so that a plain `pulumi destroy` leaves no disk behind either.
 */
export class VolumeRelease extends pulumi.ComponentResource {
  constructor(name: string, args: VolumeReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:VolumeRelease", name, {}, opts);
    new local.Command(
      `${name}-claims`,
      {
        delete: deleteStep("releaseVolumes"),
        stdin: pulumi.secret(args.kubeconfig),
        logging: local.Logging.Stdout,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: args.outlivedBy },
    );
    this.registerOutputs({});
  }
}
