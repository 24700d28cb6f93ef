import type { local, remote } from "@pulumi/command";
import type { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { clusterProvider } from "../../pulumi/clusterProvider";
import { rootStep } from "../../ssh/rootStep";
import { HardenedControlPlanes } from "../hardening/controlPlanes";
import { isControlPlane, type Machine, triggersOf } from "../node/machine";
import { caCertificate } from "../state/caCertificate";
import type { Leaders } from "../state/leader";
import type { Joined } from "../state/previousOutputs";
import { INITIALIZE_DEADLINE_SECONDS, initializeScript, verifyControlPlaneScript } from "./init";
import { initConfig } from "./kubeadmConfig";
import { MemberSteps } from "./memberSteps";
import { NodeRegistration } from "./nodeRegistration";

/** Arguments of KubeadmCluster. */
export interface KubeadmClusterArgs {
  environment: Environment;
  /** All nodes, at least one of them a control plane, in the order of the environment. */
  machines: Machine[];
  leaders: Leaders;
  /** Whether a control plane leaves in this update. */
  controlPlaneLeaves: boolean;
  /** Another value makes the control planes renew what is due of their certificates, one after the other. */
  renewal?: string | undefined;
}

/**
 * A Kubernetes cluster, created with kubeadm over SSH. All machines are prepared at the same time. Then one control plane is
 * initialized. Workers join at the same time, further control planes one after the other, because etcd takes one learner at a time.
 *
 * Every step is idempotent and runs again in place. No change of the environment initializes a control plane again: see
 * verifyControlPlaneScript. The step `initialize` stands for the cluster. It is no machine's: if its machine leaves, it goes on with
 * another one.
 *
 * A machine that is no longer among `machines` leaves the cluster, at the end of the update: see MemberSteps. Destroying the component
 * resets every machine.
 */
export class KubeadmCluster extends pulumi.ComponentResource {
  /** The operator's kubeconfig, whose server is the load balancer's address. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Certificate of the cluster's CA, PEM. */
  readonly caCertificate: pulumi.Output<string>;
  /** The `kubeadm init` step. */
  readonly initialized: remote.Command;
  /** The connection to its API. */
  readonly provider: Provider;
  /** Which kubelets may register. It is no child: what is below this component is also looked for under older names. */
  readonly registration: NodeRegistration;
  /** The step that made each node a member, by node name. */
  readonly members: Readonly<Record<string, remote.Command>>;
  /**
   * The step that takes each node out of the cluster, by node name. What a node has depends on it, and is deleted with it: afterwards there
   * is no Node any more, and a patch would make an empty one.
   */
  readonly leaves: Readonly<Record<string, local.Command>>;
  /** What the next update reads, as joinedOutput stores it. */
  readonly joined: pulumi.Output<Joined>;

  constructor(name: string, args: KubeadmClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:KubeadmCluster", name, {}, opts);
    const { environment, machines, leaders, renewal } = args;
    const { leader, live } = leaders;
    const steps = new MemberSteps(environment, this);
    // Undefined if the leader's machine leaves in this update.
    const first = machines.find(({ node }) => node.name === leader.name);
    const ordered = leaderFirst(machines, first);

    const prepared = new Map(
      machines.map((machine) => [machine, steps.prepare(machine, [steps.tryServices(machine)])]),
    );
    const preparation = (machine: Machine) => prepared.get(machine) as remote.Command;
    const controlPlanes = new HardenedControlPlanes(
      "control-planes",
      {
        environment,
        machines: ordered.filter(isControlPlane),
        renewal,
        keepsKey: args.controlPlaneLeaves,
        preparation,
      },
      { parent: this },
    );
    const ready = (machine: Machine) =>
      controlPlanes.hardened[machine.node.name] ?? preparation(machine);

    // The leader's machine is reset last, and control planes one after the other.
    const resets: remote.Command[] = [];
    const reset = (machine: Machine): remote.Command => {
      const step = steps.reset(machine, [ready(machine), ...resets]);
      if (isControlPlane(machine)) {
        resets.push(step);
      }
      return step;
    };
    const firstReset = first === undefined ? [] : [reset(first)];
    const isUp = (name: string) =>
      machines.some(({ node, isUp: answers = false }) => node.name === name && answers);

    this.initialized = rootStep(
      "initialize",
      {
        host: leader.host,
        ...(first === undefined
          ? { script: verifyControlPlaneScript(environment, leader) }
          : {
              script: initializeScript(environment, first.node),
              updateScript: verifyControlPlaneScript(environment, leader),
              stdin: initConfig(environment, first.node),
            }),
        triggers: first === undefined ? [leader.vmId] : triggersOf(first),
        deadlineSeconds: INITIALIZE_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: firstReset },
    );
    const rotated = controlPlanes.rotate(this.initialized);
    this.kubeconfig = pulumi.secret(this.initialized.stdout);
    // A certificate is public, and so is the hash of its key.
    this.caCertificate = pulumi.unsecret(this.kubeconfig.apply(caCertificate));
    this.provider = clusterProvider(
      "cluster",
      { clusterName: environment.kubernetes.clusterName, kubeconfig: this.kubeconfig },
      { dependsOn: this.initialized },
    );
    this.registration = new NodeRegistration("node-registration", environment, {
      providers: [this.provider],
      deletedWith: this.initialized,
    });
    const { grants } = this.registration;

    const members: Record<string, remote.Command> = {};
    // One after the other: the next one sees how many voters the one before has left.
    const leavesBefore: local.Command[] = [];
    const leaves: Record<string, local.Command> = {};
    let previousControlPlane = rotated;
    for (const machine of ordered) {
      const { node } = machine;
      const resetStep = machine === first ? firstReset : [reset(machine)];
      const leaveStep = steps.leave(machine, {
        kubeconfig: this.kubeconfig,
        initialized: this.initialized,
        after: [
          ...resetStep,
          ...grants[node.name],
          ...(isControlPlane(machine) ? leavesBefore : []),
        ],
      });
      leaves[node.name] = leaveStep;
      if (isControlPlane(machine)) {
        leavesBefore.push(leaveStep);
      }
      if (machine === first) {
        members[node.name] = this.initialized;
        continue;
      }
      const reaches = steps.tryNodes(machine, isUp, [
        this.initialized,
        ...ordered.filter(isControlPlane).map(ready),
        ready(machine),
      ]);
      const token = steps.mint(machine, live, [
        isControlPlane(machine) ? previousControlPlane : this.initialized,
        leaveStep,
        ...(reaches === undefined ? [] : [reaches]),
      ]);
      const joinStep = steps.join(machine, {
        token,
        caCertificate: this.caCertificate,
        after: [ready(machine)],
      });
      if (isControlPlane(machine)) {
        previousControlPlane = joinStep;
      }
      members[node.name] = joinStep;
    }
    this.members = members;
    this.leaves = leaves;
    this.joined = pulumi
      .all(machines.map(({ node }) => members[node.name].id))
      .apply(() =>
        Object.fromEntries(
          machines.map(({ node, vmId, joinTrigger }) => [
            node.name,
            { vmId, ...(joinTrigger === undefined ? {} : { joinTrigger }) },
          ]),
        ),
      );
    this.registerOutputs({ caCertificate: this.caCertificate });
  }
}

/** The leader, the other control planes in their order, then workers in theirs. */
function leaderFirst(machines: Machine[], leader: Machine | undefined): Machine[] {
  const others = machines.filter((one) => one !== leader);
  return [
    ...(leader === undefined ? [] : [leader]),
    ...others.filter(isControlPlane),
    ...others.filter((one) => !isControlPlane(one)),
  ];
}
