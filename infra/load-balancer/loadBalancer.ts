import * as pulumi from "@pulumi/pulumi";

import { PACKAGES_DEADLINE_SECONDS } from "../../ssh/packages";
import { rootStep } from "../../ssh/rootStep";
import { type InOrder, Machine, type MachineArgs } from "../machine/machine";
import type { HeldNode } from "../guards/recordedNodes";
import { frontendsOf, renderHaproxy, servingNodes } from "./haproxy";
import { pairOf, renderKeepalived } from "./keepalived";
import { haproxyScript, keepalivedScript } from "./scripts";

/** The load balancer: a machine like the others, and how to log in on it. */
export interface LoadBalancerArgs extends MachineArgs {
  /** Private key of the user who administers the machine, OpenSSH PEM. Secret. */
  userPrivateKey: pulumi.Input<string>;
  /** Machines that the environment does not list as they are. */
  held: readonly HeldNode[];
  /** Addresses of the machines that tell the ingress the clients' addresses; see proxyProtocol.ts. */
  proxySenders: readonly string[];
}

/** Seconds for everything after the installation of packages. */
const CONFIGURE_SECONDS = 60;

/**
 * A machine with HAProxy before the API and the ingress, and with keepalived where it is one of a pair. When the node list
 * changes, the new configuration is checked and loaded without dropping a connection. Children: the machine, `<name>-haproxy`,
 * in a pair `<name>-keepalived`.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly machine: Machine;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:infra:LoadBalancer", name, {}, opts);
    const { environment } = args;
    const { loadBalancer, kubernetes, packages, timeServers, ssh } = environment;
    const { apiPort } = kubernetes;
    const frontends = frontendsOf(environment);

    this.machine = new Machine(args, { parent: this });
    const step = {
      host: {
        address: this.machine.address,
        user: ssh.user,
        privateKey: args.userPrivateKey,
        hostKey: this.machine.hostKey,
      },
      triggers: [this.machine.vmId],
      deadlineSeconds: PACKAGES_DEADLINE_SECONDS + CONFIGURE_SECONDS,
    };
    const own = { parent: this, deletedWith: this.machine.vm };
    const { pair } = loadBalancer;
    const seen = pairOf(args.machine, loadBalancer);
    const haproxy = rootStep(
      `${name}-haproxy`,
      {
        ...step,
        script: haproxyScript({
          packages,
          ...(timeServers === undefined ? {} : { timeServers }),
          ports: [...frontends.values()],
          ...(seen === undefined ? {} : { peer: seen.peer }),
        }),
        stdin: renderHaproxy({
          ...environment,
          nodes: servingNodes(environment.nodes, args.held),
          sendsProxy: args.proxySenders.includes(args.machine.address),
        }),
      },
      own,
    );
    if (pair !== undefined) {
      const { virtualAddress } = pair;
      rootStep(
        `${name}-keepalived`,
        {
          ...step,
          script: keepalivedScript({
            packages,
            virtualAddress,
            apiPort,
            frontends: [...frontends.keys()],
          }),
          stdin: renderKeepalived(args.machine, environment),
        },
        { ...own, dependsOn: haproxy },
      );
    }
    this.registerOutputs({ address: this.machine.address });
  }
}

/**
 * The load balancer of an environment, or both of a pair. All steps of the second wait for all steps of the first, so that
 * one of them answers at any time.
 */
export function loadBalancers(
  machines: readonly MachineArgs["machine"][],
  {
    inOrderOf,
    ...args
  }: Omit<LoadBalancerArgs, "machine" | "inOrder"> & {
    inOrderOf: (machine: MachineArgs["machine"]) => InOrder | undefined;
  },
  opts: pulumi.ComponentResourceOptions,
): LoadBalancer[] {
  const made: LoadBalancer[] = [];
  for (const machine of machines) {
    const name = made.length === 0 ? "load-balancer" : `load-balancer-${made.length + 1}`;
    const inOrder = inOrderOf(machine);
    made.push(
      new LoadBalancer(name, { ...args, machine, inOrder }, { ...opts, dependsOn: [...made] }),
    );
  }
  return made;
}
