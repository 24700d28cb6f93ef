import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { Refusal } from "../../pulumi/refusal";
import { rootStep } from "../../ssh/rootStep";
import { HardenedControlPlanes } from "../hardening/controlPlanes";
import { isControlPlane, type Machine, triggersOf } from "../node/machine";
import { PREPARE_DEADLINE_SECONDS, prepareScript } from "../node/prepare";
import { caCertificate } from "../state/caCertificate";
import type { Joined } from "../state/previousOutputs";
import {
  deleteNodeScript,
  BOOTSTRAP_TOKEN_DEADLINE_SECONDS,
  bootstrapTokenOutput,
  createBootstrapTokenScript,
} from "./bootstrapToken";
import { INITIALIZE_DEADLINE_SECONDS, initializeScript, verifyControlPlaneScript } from "./init";
import { joinDeadlineSeconds, joinScript } from "./join";
import { initConfig, joinConfig } from "./kubeadmConfig";
import { RESET_DEADLINE_SECONDS, resetScript } from "./reset";

/** Arguments of KubeadmCluster. */
export interface KubeadmClusterArgs {
  environment: Environment;
  /** All nodes, at least one of them a control plane, in the order of the environment: the first control plane is initialized. */
  machines: Machine[];
  /** Another value makes the control planes renew what is due of their certificates, one after the other. */
  renewal?: string | undefined;
}

/**
 * A Kubernetes cluster, created with kubeadm over SSH. All machines are prepared at the same time. Then the first control plane is
 * initialized. Workers join at the same time, further control planes one after the other, because etcd takes one learner at a time.
 *
 * Every step is idempotent and runs again in place. No change of the environment initializes the first control plane again:
 * see verifyControlPlaneScript. Destroying the component resets every machine.
 */
export class KubeadmCluster extends pulumi.ComponentResource {
  /** The operator's kubeconfig, whose server is the load balancer's address. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Certificate of the cluster's CA, PEM. */
  readonly caCertificate: pulumi.Output<string>;
  /** The `kubeadm init` step. Deleting it resets the first control plane. */
  readonly initialized: remote.Command;
  /** The step that made each node a member, by node name. */
  readonly members: Readonly<Record<string, remote.Command>>;
  /** What the next update reads, as joinedOutput stores it. */
  readonly joined: pulumi.Output<Joined>;

  constructor(name: string, args: KubeadmClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:KubeadmCluster", name, {}, opts);
    const { environment, machines, renewal } = args;
    const [first, ...others] = controlPlanesFirst(machines);

    const prepared = new Map(
      machines.map((machine) => [machine, this.prepare(name, environment, machine)]),
    );
    const preparation = (machine: Machine) => prepared.get(machine) as remote.Command;
    const controlPlanes = new HardenedControlPlanes(
      name,
      {
        environment,
        machines: [first, ...others].filter(isControlPlane),
        renewal,
        preparation,
      },
      { parent: this },
    );
    const { hardened } = controlPlanes;

    this.initialized = rootStep(
      `${name}-initialize`,
      {
        host: first.host,
        script: initializeScript(environment, first.node),
        updateScript: verifyControlPlaneScript(environment, first.node),
        stdin: initConfig(environment, first.node),
        triggers: triggersOf(first),
        deleteScript: resetScript(),
        deadlineSeconds: INITIALIZE_DEADLINE_SECONDS,
        deleteDeadlineSeconds: RESET_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: hardened[first.node.name] },
    );
    const rotated = controlPlanes.rotate(this.initialized);
    this.kubeconfig = pulumi.secret(this.initialized.stdout);
    // A certificate is public, and so is the hash of its key.
    this.caCertificate = pulumi.unsecret(this.kubeconfig.apply(caCertificate));

    const members: Record<string, remote.Command> = { [first.node.name]: this.initialized };
    let previousControlPlane = rotated;
    for (const machine of others) {
      const { node } = machine;
      const after = isControlPlane(machine) ? previousControlPlane : this.initialized;
      const joinStep = this.join(name, environment, machine, {
        first,
        tokenAfter: [after],
        joinAfter: [hardened[node.name] ?? preparation(machine)],
      });
      if (isControlPlane(machine)) {
        previousControlPlane = joinStep;
      }
      members[node.name] = joinStep;
    }
    this.members = members;
    this.joined = pulumi
      .all(machines.map(({ node }) => members[node.name].id))
      .apply(() =>
        Object.fromEntries(
          machines.flatMap(({ node, vmId, joinTrigger }) =>
            joinTrigger === undefined ? [] : [[node.name, { vmId, joinTrigger }]],
          ),
        ),
      );
    this.registerOutputs({ caCertificate: this.caCertificate });
  }

  private prepare(name: string, environment: Environment, machine: Machine): remote.Command {
    return rootStep(
      `${name}-prepare-${machine.node.name}`,
      {
        host: machine.host,
        script: prepareScript(environment, machine),
        triggers: [machine.vmId],
        deadlineSeconds: PREPARE_DEADLINE_SECONDS,
      },
      { parent: this },
    );
  }

  private join(
    name: string,
    environment: Environment,
    machine: Machine,
    when: {
      first: Machine;
      tokenAfter: pulumi.Resource[];
      joinAfter: pulumi.Resource[];
    },
  ): remote.Command {
    const { node, host, vmId } = machine;
    const bootstrapToken = rootStep(
      `${name}-mint-${node.name}`,
      {
        host: when.first.host,
        script: createBootstrapTokenScript(environment, node, vmId),
        triggers: [when.first.vmId, ...triggersOf(machine)],
        deleteScript: deleteNodeScript(node),
        deadlineSeconds: BOOTSTRAP_TOKEN_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: when.tokenAfter },
    );
    const stdin = pulumi
      .all([bootstrapToken.stdout, this.caCertificate])
      .apply(([secrets, ca]) =>
        joinConfig(environment, node, { ...readBootstrapToken(secrets), caCertificate: ca }),
      );
    return rootStep(
      `${name}-join-${node.name}`,
      {
        host,
        script: joinScript(environment, node),
        stdin: pulumi.secret(stdin),
        triggers: [vmId],
        deleteScript: resetScript(),
        deadlineSeconds: joinDeadlineSeconds(node),
        deleteDeadlineSeconds: RESET_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: [bootstrapToken, ...when.joinAfter] },
    );
  }
}

/** Control planes in their order, then workers in theirs. */
function controlPlanesFirst(machines: Machine[]): Machine[] {
  return [...machines.filter(isControlPlane), ...machines.filter((one) => !isControlPlane(one))];
}

/** Parses what createBootstrapTokenScript printed. The text is a secret and does not show in the error. */
function readBootstrapToken(stdout: string): { token: string; certificateKey?: string } {
  try {
    return bootstrapTokenOutput.parse(JSON.parse(stdout));
  } catch {
    throw new Refusal(
      "The first control plane printed no bootstrap token in the form expected of it.",
    );
  }
}
