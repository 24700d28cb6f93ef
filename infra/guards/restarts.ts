import { connect } from "node:net";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";

import { entryAddress } from "../../environment/loadBalancers";
import type { Environment, MachineSpec, NodeSpec } from "../../environment/schema";
import { waitFor } from "../../lib/poll";
import { Refusal } from "../../pulumi/refusal";
import { REPORT_VARIABLE } from "../../pulumi/reportOnly";
import type { InOrder } from "../machine/machine";
import type { RestartedNode } from "./edits";
import type { Restarts } from "./judgeEdits";

/** What takes nodes out of service and back (operations/restart.ts). */
const PROGRAM = join(__dirname, "..", "..", "operations", "restart.js");

/** Milliseconds that a load balancer may take until it answers after its restart. */
const BALANCER_DEADLINE = 300_000;

const SSH_PORT = 22;

/** Where a connection is taken. */
interface Door {
  address: string;
  port: number;
}

type Site = Pick<Environment, "kubernetes" | "loadBalancer" | "maintenance">;

/**
 * The order in which an update restarts the machines of a running cluster: load balancers one at a time, then control planes one at a time,
 * then workers, at most maintenance.maxUnavailable at a time. Each node is drained before its restart and Ready after, before the next
 * one begins.
 *
 * A machine waits for its turn before it is registered, among those only that change in this update: a first bring-up clones all at once.
 * If one fails, those that wait are never registered, and the engine deletes nothing that a failed program has not registered. Hooks of the
 * engine would do the same, but not every language host hands them on.
 */
export class OrderedRestarts {
  /** When the machines of this update that were registered are in service again, by name. */
  private readonly done = new Map<string, Promise<void>>();
  /** Names of machines that are out of service now. */
  private readonly inFlight = new Set<string>();

  /** @param restarts - What is restarted. Default: nothing. */
  constructor(
    private readonly site: Site,
    private readonly restarts: Restarts | undefined,
  ) {}

  /** Nodes in the order in which they are to be registered: what waits comes after what it waits for. */
  sorted(nodes: readonly NodeSpec[]): NodeSpec[] {
    return this.restarts === undefined
      ? [...nodes]
      : [...nodes].sort((a, b) => rank(a.role) - rank(b.role));
  }

  /** How a load balancer takes its turn. Undefined if it is not restarted. */
  ofLoadBalancer({ name, address }: MachineSpec): InOrder | undefined {
    if (this.restarts?.loadBalancers.includes(name) !== true) {
      return undefined;
    }
    const { loadBalancers } = this.restarts;
    return {
      turn: this.after(loadBalancers.slice(0, loadBalancers.indexOf(name))),
      changed: (vm) => {
        this.finish(name, vm, () => answers(name, this.doors(address)));
      },
    };
  }

  /**
   * Where connections are taken when a load balancer is in service again: its API. HAProxy on a machine of a pair listens at the virtual
   * address only, which either machine may have; so of that machine itself it is the login.
   */
  private doors(address: string): Door[] {
    const { kubernetes, loadBalancer } = this.site;
    const api = { address: entryAddress(loadBalancer), port: kubernetes.apiPort };
    return loadBalancer.pair === undefined ? [api] : [{ address, port: SSH_PORT }, api];
  }

  /** How a node's machine takes its turn. Undefined if it is not restarted. */
  ofNode(node: NodeSpec): InOrder | undefined {
    const restart = this.restarts?.nodes.find(({ listed }) => listed.name === node.name);
    if (this.restarts === undefined || restart === undefined) {
      return undefined;
    }
    return {
      turn: this.after(this.before(this.restarts, restart)).then(() => this.begin(restart)),
      changed: (vm) => {
        this.finish(node.name, vm, () => this.run("after", restart));
      },
    };
  }

  /** What a node waits for: the one before it in its lane, and for the first of a lane all of the kind before. */
  private before({ nodes, loadBalancers }: Restarts, { listed }: RestartedNode): string[] {
    const named = (role: NodeSpec["role"]) =>
      nodes.filter((one) => one.listed.role === role).map((one) => one.listed.name);
    const own = named(listed.role);
    const lanes = listed.role === "control-plane" ? 1 : this.site.maintenance.maxUnavailable;
    const place = own.indexOf(listed.name);
    return place >= lanes
      ? [own[place - lanes]!]
      : [...loadBalancers, ...(listed.role === "worker" ? named("control-plane") : [])];
  }

  private async after(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.done.get(name)));
  }

  /** Notes when a machine that was registered is in service again. In a preview it always is. */
  private finish(name: string, vm: pulumi.CustomResource, wait: () => Promise<void>): void {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    this.done.set(
      name,
      new Promise((resolve, reject) => {
        vm.id.apply(async () => {
          try {
            await wait();
            this.inFlight.delete(name);
            resolve();
          } catch (error) {
            reject(error as Error);
            throw error;
          }
        });
      }),
    );
    // What waits for it says why; nothing may.
    this.done.get(name)!.catch(() => undefined);
  }

  private async begin(restart: RestartedNode): Promise<void> {
    if (!pulumi.runtime.isDryRun()) {
      this.inFlight.add(restart.listed.name);
      await this.run("before", restart);
    } else if (process.env[REPORT_VARIABLE] !== "1") {
      // It is only looked for what refuses the restart.
      await this.run("check", restart);
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
    const all = this.restarts!.nodes.map((one) => one.listed.name).join(",");
    const words = [when, name, recorded.vmId ?? "", role, address];
    const step = execa(
      process.execPath,
      [PROGRAM, ...words, `${drainSeconds}`, `${maxUnavailable}`, sole, others, all],
      { input: this.restarts!.kubeconfig, reject: false },
    );
    for await (const line of step) {
      void pulumi.log.info(line);
    }
    const { failed, stderr, shortMessage } = await step;
    if (failed) {
      throw new Refusal(stderr.trim().replace(/^error: /, "") || shortMessage || name);
    }
  }
}

function rank(role: NodeSpec["role"]): number {
  return role === "control-plane" ? 0 : 1;
}

/** Waits until a load balancer takes connections. */
async function answers(name: string, doors: readonly Door[]): Promise<void> {
  for (const door of doors) {
    const isBack = await waitFor(() => isOpen(door), {
      deadline: BALANCER_DEADLINE,
      interval: 500,
    });
    if (!isBack) {
      throw new Refusal(
        `${name} was restarted, and nothing takes a connection at ${door.address}:${door.port} since. No other machine is restarted. ` +
          `Mend HAProxy on it (journalctl --unit haproxy), then run up again`,
      );
    }
  }
}

function isOpen({ address: host, port }: Door): Promise<boolean> {
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
