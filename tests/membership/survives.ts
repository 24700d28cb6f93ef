import type { Cluster, Infra } from "../../environment/contracts";
import type { NodeSpec } from "../../environment/schema";
import type { Series } from "../e2e/apps/reads";
import { Canaries } from "../e2e/support/canaries";
import { settledMembers, votersOf } from "../e2e/support/etcdMembers";
import { outputs } from "../e2e/support/harness";
import { type Question, request, told, whileAsking } from "../e2e/support/prober";

/** Milliseconds for which the API may be away at the load balancers while a control plane goes or restarts. */
export const LONGEST_GAP = 3_000;

/** How many canaries are written before a change. */
const CANARIES = 5;

/**
 * Runs a change and proves what no change of members may cost: an object, one that is written meanwhile too; a vote, or one that stays a
 * learner. It asks the API at the load balancers all the while.
 *
 * @param title - What the change is, for the figures that are printed.
 * @param nodes - Of which the cluster is to have the control planes as members afterwards.
 * @param questions - What else is asked all the while, by name.
 * @returns What the API and the others have answered: how long they may be away is the caller's to say.
 */
export async function survives<Name extends string = never>(
  title: string,
  nodes: readonly Pick<NodeSpec, "name" | "address" | "role">[],
  change: () => Promise<unknown>,
  questions = {} as Readonly<Record<Name, Question>>,
): Promise<Record<Name | "api", Series>> {
  const { api } = await outputs<Infra>("infra", "infra");
  const { caCertificate: ca } = await outputs<Cluster>("cluster", "cluster");
  const readyz = request(
    { host: api.name, path: "/readyz" },
    { ...api, ca },
    { status: 200, body: "ok" },
  );
  const canaries = new Canaries(`survives-${Date.now()}`);
  try {
    await canaries.write(CANARIES);
    const begun = Date.now();
    const asked = { ...questions, api: readyz } as Record<Name | "api", Question>;
    const seen = await whileAsking(asked, () => canaries.writeDuring(change));
    const seconds = ((Date.now() - begun) / 1000).toFixed(0);
    const answers = Object.entries<Series>(seen).map(([name, one]) => `${name}: ${told(one)}`);
    console.log([`${title}: ${seconds} s, ${canaries.count} canaries`, ...answers].join("\n"));
    expect(await canaries.lost()).toEqual([]);
    const controlPlanes = nodes.filter(({ role }) => role === "control-plane");
    expect(await settledMembers(controlPlanes)).toEqual(votersOf(controlPlanes));
    return seen;
  } finally {
    // What has failed is not to be hidden by an API that is away.
    await canaries.remove().catch(() => undefined);
  }
}
