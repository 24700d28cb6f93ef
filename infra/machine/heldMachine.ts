import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import type { HeldNode } from "../guards/recordedNodes";
import { type MadeMachine, replacementTrigger } from "./machine";
import { sshKeyPair } from "./sshKeys";

/**
 * A machine that stays as it is recorded, because the cluster still has it: it is registered under the URNs of its `Machine`, and none
 * of its properties is compared with anything. A machine that is not registered would be deleted.
 *
 * One that is to go is protected no longer, so that the update that finds it out of the cluster can delete it.
 */
export class HeldMachine extends pulumi.ComponentResource implements MadeMachine {
  readonly name: string;
  readonly zone: string;
  readonly address: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;
  readonly vmId: pulumi.Output<string>;
  readonly vm: vsphere.VirtualMachine;

  /**
   * @param folder - The machines' folder, which outlives them.
   * @param isProtected - Whether it stays protected from deletion, because the cluster is not to let it go yet.
   */
  constructor(
    node: HeldNode,
    { folder, isProtected }: { folder: pulumi.Resource; isProtected: boolean },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:infra:Machine", node.name, {}, opts);
    const { name, zone, role, generation, madeWith } = node;
    this.name = name;
    this.zone = zone;
    const host = sshKeyPair(`${name}-host-key`, { parent: this });
    this.vm = new vsphere.VirtualMachine(
      `${name}-vm`,
      // The only input that the SDK asks for. What is recorded counts.
      { resourcePoolId: "as recorded" },
      {
        parent: this,
        dependsOn: folder,
        ignoreChanges: ["*"],
        additionalSecretOutputs: ["extraConfig"],
        replacementTrigger: replacementTrigger(node),
        deleteBeforeReplace: true,
        protect: isProtected,
      },
    );
    this.address = this.vm.id.apply(() => node.address);
    this.hostKey = host.publicKey;
    this.vmId = this.vm.uuid;
    this.registerOutputs({
      address: this.address,
      hostKey: this.hostKey,
      vmId: this.vmId,
      zone,
      role,
      generation,
      ...(madeWith === undefined ? {} : { madeWith }),
      ...(isProtected ? { isProtected } : {}),
    });
  }
}
