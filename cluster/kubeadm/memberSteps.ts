import { local, type remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Flow } from "../../environment/flows";
import { inboundFlows, nodeFlows, serviceFlows } from "../../environment/joinFlows";
import type { Environment } from "../../environment/schema";
import { script } from "../../lib/bash";
import { deleteStep } from "../../pulumi/deleteStep";
import { Refusal } from "../../pulumi/refusal";
import { rootStep } from "../../ssh/rootStep";
import { type KnownMachine, type Machine, triggersOf } from "../node/machine";
import { PREPARE_DEADLINE_SECONDS, prepareScript } from "../node/prepare";
import { TRY_FLOWS_DEADLINE_SECONDS, tryFlowsScript } from "../node/tryFlows";
import {
  BOOTSTRAP_TOKEN_DEADLINE_SECONDS,
  bootstrapTokenOutput,
  createBootstrapTokenScript,
} from "./bootstrapToken";
import { joinDeadlineSeconds, joinScript } from "./join";
import { joinConfig } from "./kubeadmConfig";
import { RESET_DEADLINE_SECONDS, resetScript } from "./reset";

/**
 * The steps of one machine, in the order in which they are made. What undoes something is a step of its own, and is made before that:
 * so it is there even if the machine never finished joining, and it runs after everything that needs the node.
 */
export class MemberSteps {
  constructor(
    private readonly environment: Environment,
    private readonly parent: pulumi.Resource,
  ) {}

  /**
   * Tries, before anything is changed on a machine, whether it reaches what serves the site. A machine that has joined is not asked: there
   * the step is what it was, or logs in never.
   */
  tryServices(machine: Machine): remote.Command {
    return this.tryFlows("flows", machine, serviceFlows(this.environment, machine.node), []);
  }

  /**
   * Tries, when it is prepared, whether a machine reaches other nodes. Undefined if it needs no flow to them.
   *
   * @param isUp - Whether another machine answers, by its name.
   */
  tryNodes(
    machine: Machine,
    isUp: (name: string) => boolean,
    after: pulumi.Resource[],
  ): remote.Command | undefined {
    return nodeFlows(this.environment, machine.node, () => true).length === 0
      ? undefined
      : this.tryFlows("peers", machine, nodeFlows(this.environment, machine.node, isUp), after);
  }

  private tryFlows(
    what: string,
    machine: Machine,
    flows: readonly Flow[],
    after: pulumi.Resource[],
  ): remote.Command {
    const { isMember = false, host, node } = machine;
    return rootStep(
      this.name(what, machine),
      {
        host,
        ...(isMember ? {} : { script: tryFlowsScript(this.environment, node, flows) }),
        triggers: triggersOf(machine),
        deadlineSeconds: TRY_FLOWS_DEADLINE_SECONDS,
      },
      {
        parent: this.parent,
        dependsOn: after,
        ignoreChanges: isMember ? ["connection", "create", "update"] : [],
      },
    );
  }

  /** Makes a machine ready for kubeadm. */
  prepare(machine: Machine, after: pulumi.Resource[]): remote.Command {
    return rootStep(
      this.name("prepare", machine),
      {
        host: machine.host,
        script: prepareScript(this.environment, machine),
        triggers: [machine.vmId],
        deadlineSeconds: PREPARE_DEADLINE_SECONDS,
      },
      { parent: this.parent, dependsOn: after },
    );
  }

  /** Does nothing until it is deleted. Then it resets the machine, which is no part of the cluster any more. */
  reset(machine: Machine, after: pulumi.Resource[]): remote.Command {
    return rootStep(
      this.name("reset", machine),
      {
        host: machine.host,
        deleteScript: resetScript(),
        deadlineSeconds: RESET_DEADLINE_SECONDS,
      },
      { parent: this.parent, dependsOn: after },
    );
  }

  /**
   * Does nothing until it is deleted. Then it takes the node out of the running cluster (operations/leave.ts): drained, without a vote
   * in etcd, without a Node. If the whole cluster is destroyed, it is skipped.
   */
  leave(
    { node, vmId, ...machine }: Machine,
    {
      kubeconfig,
      initialized,
      after,
    }: { kubeconfig: pulumi.Input<string>; initialized: pulumi.Resource; after: pulumi.Resource[] },
  ): local.Command {
    const { name, role, address } = node;
    const { drainSeconds } = this.environment.maintenance;
    return new local.Command(
      this.name("leave", { node, vmId, ...machine }),
      {
        delete: deleteStep("leave", name, vmId, role, address, `${drainSeconds}`),
        stdin: pulumi.secret(kubeconfig),
        logging: local.Logging.Stdout,
        addPreviousOutputInEnv: false,
      },
      { parent: this.parent, dependsOn: [initialized, ...after], deletedWith: initialized },
    );
  }

  /**
   * Makes a bootstrap token, on a control plane that answers and reaches the machine. The step of a machine that has joined stays as it was
   * recorded: no token is needed, whichever control plane makes them now.
   */
  mint(machine: Machine, live: KnownMachine, after: pulumi.Resource[]): remote.Command {
    const { node, vmId, isMember = false } = machine;
    const inbound = inboundFlows(this.environment, node, live);
    return rootStep(
      this.name("mint", machine),
      {
        host: live.host,
        script: script(
          inbound.length === 0 ? "" : tryFlowsScript(this.environment, node, inbound),
          createBootstrapTokenScript(this.environment, node, vmId),
        ),
        triggers: [live.vmId, ...triggersOf(machine)],
        deadlineSeconds: BOOTSTRAP_TOKEN_DEADLINE_SECONDS,
      },
      {
        parent: this.parent,
        dependsOn: after,
        ignoreChanges: isMember ? ["connection", "create", "update"] : [],
      },
    );
  }

  /** Makes the machine a member of the cluster. */
  join(
    machine: Machine,
    {
      token,
      caCertificate,
      after,
    }: { token: remote.Command; caCertificate: pulumi.Output<string>; after: pulumi.Resource[] },
  ): remote.Command {
    const { node, host, vmId } = machine;
    const stdin = pulumi
      .all([token.stdout, caCertificate])
      .apply(([secrets, ca]) =>
        joinConfig(this.environment, node, { ...readBootstrapToken(secrets), caCertificate: ca }),
      );
    return rootStep(
      this.name("join", machine),
      {
        host,
        script: joinScript(this.environment, node),
        stdin: pulumi.secret(stdin),
        triggers: [vmId],
        deadlineSeconds: joinDeadlineSeconds(node),
      },
      { parent: this.parent, dependsOn: [token, ...after] },
    );
  }

  private name(what: string, { node }: Machine): string {
    return `${what}-${node.name}`;
  }
}

/** Parses what createBootstrapTokenScript printed. The text is a secret and does not show in the error. */
function readBootstrapToken(stdout: string): { token: string; certificateKey?: string } {
  try {
    return bootstrapTokenOutput.parse(JSON.parse(stdout));
  } catch {
    throw new Refusal("A control plane printed no bootstrap token in the form expected of it.");
  }
}
