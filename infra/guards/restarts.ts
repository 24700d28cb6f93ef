import { connect } from "node:net";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";

import type { Environment, MachineSpec, NodeSpec } from "../../environment/schema";
import { waitFor } from "../../lib/poll";
import { REPORT_VARIABLE } from "../../pulumi/reportOnly";
import type { InOrder } from "../machine/machine";
import type { RestartedNode } from "./edits";
import type { Restarts } from "./judgeEdits";

/** What takes nodes out of service and back (operations/restart.ts). */
const PROGRAM = join(__dirname, "..", "..", "operations", "restart.js");

/** Milliseconds that a load balancer may take until it answers after its restart. */
const BALANCER_DEADLINE = 300_000;

type Site = Pick<Environment, "kubernetes" | "maintenance">;

/**
 * The order in which an update restarts the machines of a running cluster: load balancers one at a time, then control planes one at a time,
 * then workers, at most maintenance.maxUnavailable at a time. Each node is drained before its restart and Ready after, before the next
 * one begins.
 *
 * Machines wait for each other by `dependsOn`, among those only that change in this update: a first bring-up clones all at once. The steps
 * are hooks of the engine, so they run where the machine is really updated, and cost a site nothing that changes nothing. They are no
 * hooks of deletes, which would make plain `pulumi destroy` run the program.
 */
export class OrderedRestarts {
  /** Machines of the chains, by name. */
  private readonly made = new Map<string, pulumi.Resource>();
  /** Names of machines that are out of service now. */
  private readonly inFlight = new Set<string>();
  /** A machine that has not come back. What waits for it may be asked for before the engine stops. */
  private lost: string | undefined;

  /** @param restarts - What is restarted. Default: nothing. */
  constructor(
    private readonly site: Site,
    private readonly restarts: Restarts | undefined,
  ) {}

  /** Whether a machine is restarted. */
  private isRestarted(name: string): boolean {
    return (
      this.restarts?.loadBalancers.includes(name) === true ||
      this.restarts?.nodes.some(({ listed }) => listed.name === name) === true
    );
  }

  /** Nodes in the order in which they are to be registered: what waits comes after what it waits for. */
  sorted(nodes: readonly NodeSpec[]): NodeSpec[] {
    return this.restarts === undefined
      ? [...nodes]
      : [...nodes].sort((a, b) => rank(a.role) - rank(b.role));
  }

  /** Remembers a machine that was registered. */
  add(name: string, vm: pulumi.Resource): void {
    if (this.isRestarted(name)) {
      this.made.set(name, vm);
    }
  }

  /** How a load balancer takes its turn. A second one waits for the first in any update (load-balancer/loadBalancer.ts). */
  ofLoadBalancer({ name, address }: MachineSpec): InOrder | undefined {
    if (!this.isRestarted(name)) {
      return undefined;
    }
    const { apiPort } = this.site.kubernetes;
    return {
      after: [],
      hooks: { afterUpdate: [() => this.settled(name, () => answers(name, address, apiPort))] },
    };
  }

  /** How a node's machine takes its turn. Undefined if it is not restarted. */
  ofNode(node: NodeSpec): InOrder | undefined {
    const restart = this.restarts?.nodes.find(({ listed }) => listed.name === node.name);
    if (this.restarts === undefined || restart === undefined) {
      return undefined;
    }
    return {
      after: this.before(this.restarts, restart),
      hooks: {
        beforeUpdate: [
          // In a preview it is only looked for what refuses the restart.
          new pulumi.ResourceHook(`${node.name}-before-restart`, () => this.begin(restart), {
            onDryRun: true,
          }),
        ],
        afterUpdate: [() => this.settled(node.name, () => this.run("after", restart))],
      },
    };
  }

  /** What a machine waits for: the one before it in its lane, and for the first of a lane all of the kind before. */
  private before({ nodes, loadBalancers }: Restarts, { listed }: RestartedNode): pulumi.Resource[] {
    const named = (role: NodeSpec["role"]) =>
      nodes.filter((one) => one.listed.role === role).map((one) => one.listed.name);
    const controlPlanes = named("control-plane");
    const own = named(listed.role);
    const lanes = listed.role === "control-plane" ? 1 : this.site.maintenance.maxUnavailable;
    const place = own.indexOf(listed.name);
    const earlier =
      place >= lanes
        ? [own[place - lanes]!]
        : [...loadBalancers, ...(listed.role === "worker" ? controlPlanes : [])];
    return earlier.flatMap((name) => this.made.get(name) ?? []);
  }

  private async begin(restart: RestartedNode): Promise<void> {
    const { name } = restart.listed;
    if (pulumi.runtime.isDryRun()) {
      if (process.env[REPORT_VARIABLE] !== "1") {
        await this.run("check", restart);
      }
      return;
    }
    if (this.lost !== undefined) {
      throw new Error(`${name} is not restarted, because ${this.lost} is not in service`);
    }
    this.inFlight.add(name);
    try {
      await this.run("before", restart);
    } catch (error) {
      this.inFlight.delete(name);
      throw error;
    }
  }

  private async settled(name: string, wait: () => Promise<void>): Promise<void> {
    try {
      await wait();
    } catch (error) {
      this.lost = name;
      throw error;
    } finally {
      this.inFlight.delete(name);
    }
  }

  private async run(
    when: "check" | "before" | "after",
    { recorded, listed }: RestartedNode,
  ): Promise<void> {
    const { name, role, address } = listed;
    const { drainSeconds, maxUnavailable } = this.site.maintenance;
    const sole = this.restarts!.isSole && role === "control-plane" ? "sole" : "one-of-several";
    const others = [...this.inFlight].filter((one) => one !== name).join(",");
    const words = [when, name, recorded.vmId ?? "", role, address];
    const step = execa(
      process.execPath,
      [PROGRAM, ...words, `${drainSeconds}`, `${maxUnavailable}`, sole, others],
      { input: this.restarts!.kubeconfig, reject: false },
    );
    for await (const line of step) {
      void pulumi.log.info(line);
    }
    const { failed, stderr, shortMessage } = await step;
    if (failed) {
      throw new Error(stderr.trim() || shortMessage);
    }
  }
}

function rank(role: NodeSpec["role"]): number {
  return role === "control-plane" ? 0 : 1;
}

/** Waits until a load balancer takes connections to the API. */
async function answers(name: string, address: string, port: number): Promise<void> {
  const isBack = await waitFor(() => isOpen(address, port), {
    deadline: BALANCER_DEADLINE,
    interval: 500,
  });
  if (!isBack) {
    throw new Error(
      `${name} was restarted, and takes no connection at ${address}:${port} since. No other machine is restarted. ` +
        `Mend HAProxy on it (journalctl --unit haproxy), then run up again`,
    );
  }
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (isAnswered: boolean) => () => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.once("connect", end(true));
    socket.once("timeout", end(false));
    socket.once("error", end(false));
  });
}
