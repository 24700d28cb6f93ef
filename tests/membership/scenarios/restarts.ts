import { setTimeout as delay } from "node:timers/promises";

import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { edits, withChangedNode } from "../../e2e/support/environmentFile";
import { changesIn, environment, expectSuccess, kubectl } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";
import { bringUp } from "../bringUp";
import { survives } from "../survives";

/** Milliseconds for which the API may be away at the load balancers while a control plane restarts. */
const LONGEST_GAP = 3_000;

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
    const most = (names: readonly string[]) =>
      Math.max(...away.map((list) => list.filter((name) => names.includes(name)).length));
    expect(away.flat()).toEqual(expect.arrayContaining(controlPlanes.map(({ name }) => name)));
    expect(most(controlPlanes.map(({ name }) => name))).toBe(1);
    expect(most(site.nodes.filter(({ role }) => role === "worker").map(({ name }) => name))).toBe(
      1,
    );
    expect(api.longestGap).toBeLessThan(LONGEST_GAP);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    const cordoned = "jsonpath={.items[?(@.spec.unschedulable)].metadata.name}";
    expect(await kubectl(["get", "nodes", `--output=${cordoned}`])).toBe("");
  });
}

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
