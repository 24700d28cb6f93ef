import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { Refusal } from "../environment/refusal";
import type { Environment, NodeSpec } from "../environment/schema";
import type { RemoteHost } from "../remote/step";
import { rootStep } from "../remote/step";
import { HardenedControlPlanes } from "./hardening/controlPlanes";
import {
  INITIALIZE_DEADLINE_SECONDS,
  initializeScript,
  verifyControlPlaneScript,
} from "./initialize";
import { JOIN_DEADLINE_SECONDS, joinScript } from "./join";
import { initConfig, joinConfig } from "./kubeadmConfig";
import { caCertificate } from "./kubeconfig";
import { forgetScript, MINT_DEADLINE_SECONDS, minted, mintScript } from "./mint";
import { type Joined, occasionOf } from "./occasions";
import { PREPARE_DEADLINE_SECONDS, prepareScript } from "./prepare";
import { RESET_DEADLINE_SECONDS, resetScript } from "./reset";

/** A node of the environment and the machine that infra made for it. */
export interface Machine {
  node: NodeSpec;
  /** How to log in. */
  host: RemoteHost;
  /** UUID of the virtual machine. */
  vmId: string;
}

/** What a kubeadm cluster is made of. */
export interface KubeadmClusterArgs {
  environment: Environment;
  /** All nodes, at least one of them a control plane, in the order of the environment: the first control plane is initialized. */
  machines: Machine[];
  /** Machines that joined in former updates. */
  joined: Joined;
  /** Names this update: minting for machines that have not joined yet is triggered by it. */
  occasion: string;
}

/**
 * A Kubernetes cluster by kubeadm over SSH. All machines are prepared at once; the first control plane is initialized,
 * workers join at once, further control planes one after the other, because etcd takes one learner at a time.
 *
 * Every step is idempotent and runs again in place. Nothing that changes in the environment makes the first control plane
 * anew: see verifyControlPlaneScript. Destroying the component resets every machine.
 */
export class KubeadmCluster extends pulumi.ComponentResource {
  /** Administrator's kubeconfig whose server is the load balancer's address. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Certificate of the cluster's CA, PEM. */
  readonly caCertificate: pulumi.Output<string>;
  /** The step with which the cluster lives and dies. */
  readonly initialized: remote.Command;
  /** The step that made each node a member, by node name. */
  readonly members: Readonly<Record<string, remote.Command>>;
  /** What the next update reads back. */
  readonly joined: pulumi.Output<Joined>;

  constructor(name: string, args: KubeadmClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:KubeadmCluster", name, {}, opts);
    const { environment, machines } = args;
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
        triggers: [first.vmId],
        deleteScript: resetScript(),
        deadlineSeconds: INITIALIZE_DEADLINE_SECONDS,
        deleteDeadlineSeconds: RESET_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: hardened[first.node.name] },
    );
    const rotated = controlPlanes.rotate(this.initialized);
    this.kubeconfig = pulumi.secret(this.initialized.stdout);
    // A certificate is public, and the hash of its key too.
    this.caCertificate = pulumi.unsecret(this.kubeconfig.apply(caCertificate));

    const members: Record<string, remote.Command> = { [first.node.name]: this.initialized };
    const occasions: Record<string, string> = {};
    let previousControlPlane = rotated;
    for (const machine of others) {
      const { node, vmId } = machine;
      occasions[node.name] = occasionOf(args.joined, node.name, vmId, args.occasion);
      const after = isControlPlane(machine) ? previousControlPlane : this.initialized;
      const joinStep = this.join(name, environment, machine, {
        first,
        occasion: occasions[node.name],
        mintAfter: [after],
        joinAfter: [hardened[node.name] ?? preparation(machine)],
      });
      if (isControlPlane(machine)) {
        previousControlPlane = joinStep;
      }
      members[node.name] = joinStep;
    }
    this.members = members;
    this.joined = pulumi
      .all(others.map(({ node }) => members[node.name].id))
      .apply(() =>
        Object.fromEntries(
          others.map(({ node, vmId }) => [node.name, { vmId, occasion: occasions[node.name] }]),
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
    { node, host, vmId }: Machine,
    when: {
      first: Machine;
      occasion: string;
      mintAfter: pulumi.Resource[];
      joinAfter: pulumi.Resource[];
    },
  ): remote.Command {
    const mint = rootStep(
      `${name}-mint-${node.name}`,
      {
        host: when.first.host,
        script: mintScript(environment, node, vmId),
        triggers: [when.first.vmId, vmId, when.occasion],
        deleteScript: forgetScript(node),
        deadlineSeconds: MINT_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: when.mintAfter },
    );
    const stdin = pulumi
      .all([mint.stdout, this.caCertificate])
      .apply(([secrets, ca]) =>
        joinConfig(environment, node, { ...readMinted(secrets), caCertificate: ca }),
      );
    return rootStep(
      `${name}-join-${node.name}`,
      {
        host,
        script: joinScript(environment, node),
        stdin: pulumi.secret(stdin),
        triggers: [vmId],
        deleteScript: resetScript(),
        deadlineSeconds: JOIN_DEADLINE_SECONDS,
        deleteDeadlineSeconds: RESET_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: [mint, ...when.joinAfter] },
    );
  }
}

const isControlPlane = ({ node }: Machine): boolean => node.role === "control-plane";

/** Control planes in their order, then workers in theirs. */
function controlPlanesFirst(machines: Machine[]): Machine[] {
  return [...machines.filter(isControlPlane), ...machines.filter((one) => !isControlPlane(one))];
}

/** What minting printed; the text is a secret and does not show in the error. */
function readMinted(stdout: string): { token: string; certificateKey?: string } {
  try {
    return minted.parse(JSON.parse(stdout));
  } catch {
    throw new Refusal(
      "The first control plane printed no bootstrap token in the form expected of it.",
    );
  }
}
