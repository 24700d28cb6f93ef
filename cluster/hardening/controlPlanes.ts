import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { Environment } from "../../environment/schema";
import { rootStep, type RootStepArgs } from "../../ssh/rootStep";
import { LOCK_DEADLINE_SECONDS } from "../kubeadm/lock";
import type { Machine } from "../node/machine";
import { HARDEN_DEADLINE_SECONDS, hardenScript, removeHardeningScript } from "./controlPlaneFiles";
import { encryptionConfiguration } from "./encryption";
import { finishKeyScript, ROTATION_SECONDS, useKeyScript } from "./encryptionRotation";

/** The machines that are to be control planes, the one that is initialized first. */
export interface HardenedControlPlanesArgs {
  environment: Environment;
  machines: readonly Machine[];
  /** Another value makes each of them renew what is due of its certificates. */
  renewal?: string | undefined;
  /**
   * Leaves the encryption key as it is, even if another one is asked for: a control plane that leaves has no step with which it would
   * take the new one in.
   */
  keepsKey: boolean;
}

/**
 * What control planes have in addition to what kubeadm gives them: the API server's own configuration, an account for etcd, the service
 * that approves the kubelets' certificates, the timer that renews kubeadm's, and the key that Secrets are encrypted with.
 */
export class HardenedControlPlanes extends pulumi.ComponentResource {
  /** The step after which kubeadm may make a control plane of a machine, by node name. */
  readonly hardened: Readonly<Record<string, remote.Command>>;
  private readonly configuration: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: HardenedControlPlanesArgs & {
      /** The step that made a machine ready for kubeadm. */
      preparation: (machine: Machine) => pulumi.Resource;
    },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:cluster:HardenedControlPlanes", name, {}, opts);
    const { environment, machines, preparation } = args;
    const { keyGeneration } = environment.kubernetes.encryption;
    const key = new random.RandomBytes(
      "encryption-key",
      { length: 32, keepers: { generation: `${keyGeneration}` } },
      { parent: this, ignoreChanges: args.keepsKey ? ["keepers"] : [] },
    );
    this.configuration = pulumi.secret(key.base64.apply(encryptionConfiguration));

    const hardened: Record<string, remote.Command> = {};
    const stage = machines.length > 1 ? "accept" : "use";
    for (const machine of machines) {
      hardened[machine.node.name] = this.step("harden", machine, {
        script: hardenScript(environment, machine.node, stage),
        deleteScript: removeHardeningScript(),
        deadlineSeconds: HARDEN_DEADLINE_SECONDS,
        triggers: args.renewal === undefined ? [] : [args.renewal],
        // One after the other, because it may restart an API server.
        after: [preparation(machine), ...Object.values(hardened)],
      });
    }
    this.hardened = hardened;
    this.registerOutputs({});
  }

  /**
   * Finishes a rotation of the key, if one has begun; otherwise does nothing.
   *
   * @returns The step after which every Secret is encrypted with the present key alone.
   */
  rotate(initialized: pulumi.Resource): remote.Command {
    const { environment, machines } = this.args;
    const [first, ...others] = machines as [Machine, ...Machine[]];
    const using: remote.Command[] = [];
    for (const machine of others.length > 0 ? machines : []) {
      using.push(
        this.step("use-key", machine, {
          script: useKeyScript(environment, machine.node),
          deadlineSeconds: HARDEN_DEADLINE_SECONDS,
          after: [...Object.values(this.hardened), ...using],
        }),
      );
    }
    const rewritten = this.finish(first, true, [
      initialized,
      this.hardened[first.node.name],
      ...using,
    ]);
    for (const machine of others) {
      this.finish(machine, false, [rewritten]);
    }
    return rewritten;
  }

  private finish(machine: Machine, rewrites: boolean, after: pulumi.Resource[]): remote.Command {
    return this.step("finish-key", machine, {
      script: finishKeyScript(rewrites),
      deadlineSeconds: LOCK_DEADLINE_SECONDS + ROTATION_SECONDS,
      after,
    });
  }

  private step(
    what: string,
    { node, host, vmId }: Machine,
    {
      after,
      triggers = [],
      ...rest
    }: Omit<RootStepArgs, "host" | "triggers"> & {
      triggers?: string[];
      after: pulumi.Resource[];
    },
  ): remote.Command {
    return rootStep(
      `${what}-${node.name}`,
      { host, stdin: this.configuration, triggers: [vmId, ...triggers], ...rest },
      { parent: this, dependsOn: after },
    );
  }
}
