import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { loadBalancerMachines } from "../../../environment/loadBalancers";
import type { NodeSpec } from "../../../environment/schema";
import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { edits, withChangedNode, withKey } from "../../e2e/support/environmentFile";
import { changesIn, environment, expectSuccess, kubectl } from "../../e2e/support/harness";
import type { Question } from "../../e2e/support/prober";
import { readEnvironmentFile } from "../../environment";
import { bringUp } from "../bringUp";
import { LONGEST_GAP, survives } from "../survives";

/** Milliseconds without an answer when the address moves to the other load balancer: keepalived gives a silent one three and a half seconds. */
const ADDRESS_MOVES = 6_000;

/** Several machines get another size in one edit, and are restarted in order. */
export function restarts(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const controlPlanes = site.nodes.filter(({ role }) => role === "control-plane");
  const workers = site.nodes.filter(({ role }) => role === "worker").slice(0, 2);
  const memoryMiB = controlPlanes[0].memoryMiB + 64;
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(() => edited.remove());

  test("three control planes and two workers: one after the other, and never two of a kind away", async () => {
    edited.edit(
      edits(
        ...[...controlPlanes, ...workers].map(({ name }) => withChangedNode(name, { memoryMiB })),
      ),
    );
    const watch = watchReadiness();
    const { api } = await survives("five machines are restarted", site.nodes, async () => {
      expectSuccess(await edited.make("up", { stack: "infra" }));
    });
    const away = await watch.stop();
    expect(away.flat()).toEqual(expect.arrayContaining(controlPlanes.map(({ name }) => name)));
    expect(mostOf("control-plane", away)).toBe(1);
    expect(mostOf("worker", away)).toBe(1);
    expect(api.longestGap).toBeLessThan(LONGEST_GAP);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    const cordoned = "jsonpath={.items[?(@.spec.unschedulable)].metadata.name}";
    expect(await kubectl(["get", "nodes", `--output=${cordoned}`])).toBe("");
  });

  test("the pair of load balancers one after the other, then as many workers at a time as may be away", async () => {
    const [first, second] = loadBalancerMachines(site.loadBalancer).map(({ address }) =>
      login(address),
    );
    edited.edit(
      edits(
        withKey(["site:loadBalancer", "memoryMiB"], site.loadBalancer.memoryMiB + 64),
        withKey(["site:maintenance", "maxUnavailable"], 2),
        ...workers.map(({ name }) => withChangedNode(name, { memoryMiB: memoryMiB + 64 })),
      ),
    );
    const watch = watchReadiness();
    const seen = await survives(
      "two load balancers and two workers are restarted",
      site.nodes,
      async () => expectSuccess(await edited.make("up", { stack: "infra" })),
      { first: first!, second: second! },
    );
    expect(mostOf("worker", await watch.stop())).toBe(2);
    const [one, other] = [seen.first, seen.second].map(({ failed }) =>
      failed.map(({ start }) => start),
    );
    expect(one!.length).toBeGreaterThan(0);
    expect(other!.length).toBeGreaterThan(0);
    expect(Math.max(...one!) < Math.min(...other!) || Math.max(...other!) < Math.min(...one!)).toBe(
      true,
    );
    expect(seen.api.longestGap).toBeLessThan(ADDRESS_MOVES);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });

  /** How many nodes of a role were away at once. */
  function mostOf(role: NodeSpec["role"], away: readonly string[][]): number {
    const names = site.nodes.filter((node) => node.role === role).map(({ name }) => name);
    return Math.max(...away.map((list) => list.filter((name) => names.includes(name)).length));
  }
}

/** Whether a machine takes logins: HAProxy on it listens at the virtual address, which the other one may have. */
const login =
  (host: string): Question =>
  () =>
    new Promise((resolve) => {
      const socket = connect({ host, port: 22, timeout: 1000 });
      const end = (ok: boolean, answer: string) => {
        socket.destroy();
        resolve({ ok, answer });
      };
      socket.once("connect", () => end(true, "connected"));
      socket.once("timeout", () => end(false, "no answer"));
      socket.once("error", ({ message }) => end(false, message));
    });

interface NodeList {
  items: {
    metadata: { name: string };
    spec: { unschedulable?: boolean };
    status: { conditions: { type: string; status: string }[] };
  }[];
}

/** Looks twice a second which nodes are out of service: cordoned, or not ready. An API that is away for a moment is asked again. */
function watchReadiness(): { stop: () => Promise<string[][]> } {
  const seen: string[][] = [];
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const text = await kubectl(["get", "nodes", "--output=json"]).catch(() => undefined);
      if (text !== undefined) {
        seen.push(outOfService(JSON.parse(text) as NodeList));
      }
      await delay(500, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await watching;
      return seen;
    },
  };
}

function outOfService({ items }: NodeList): string[] {
  return items
    .filter(
      ({ spec, status }) =>
        spec.unschedulable === true ||
        !status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
    )
    .map(({ metadata }) => metadata.name);
}
