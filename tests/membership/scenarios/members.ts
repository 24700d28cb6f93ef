import type { Cluster, Infra } from "../../../environment/contracts";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { settledMembers, votersOf } from "../../e2e/support/etcdMembers";
import {
  changesIn,
  environment,
  expectSuccess,
  make,
  onMachine,
  outputs,
} from "../../e2e/support/harness";
import { request, whileAsking } from "../../e2e/support/prober";
import { readEnvironmentFile } from "../../environment";
import { survives } from "../survives";

/** What every scenario begins with and leaves: the members that the committed environment lists, and no others. */
export function members(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const controlPlanes = site.nodes.filter(({ role }) => role === "control-plane");
  let api: Infra["api"];
  let ca: string;

  beforeAll(async () => {
    ({ api } = await outputs<Infra>("infra", "infra"));
    ({ caCertificate: ca } = await outputs<Cluster>("cluster", "cluster"));
  });

  test("etcd has the control planes as members, each with a vote, and no learner", async () => {
    expect(await settledMembers(controlPlanes)).toEqual(votersOf(controlPlanes));
  });

  test("one load balancer of the pair has the address of the API, and each control plane answers there", async () => {
    const holders = await Promise.all(
      loadBalancerMachines(site.loadBalancer).map(async ({ name }) => {
        const addresses = await onMachine(name, "ip", "-4", "-oneline", "address", "show");
        return addresses.includes(` ${api.address}/`) ? [name] : [];
      }),
    );
    expect(holders.flat()).toHaveLength(1);
    expect(api.address).toBe(site.loadBalancer.pair?.virtualAddress);
    const readyz = { host: api.name, path: "/readyz" };
    const ways = Object.fromEntries(
      [["the load balancer", api.address], ...controlPlanes.map((one) => [one.name, one.address])]
        .map(([name, address]) => [name, { address, port: api.port, ca }] as const)
        .map(([name, way]) => [name, request(readyz, way, { status: 200, body: "ok" })]),
    );
    const seen = await whileAsking(ways, async () => undefined, { patience: 10_000 });
    for (const [name, series] of Object.entries(seen)) {
      expect([name, series.failed]).toEqual([name, []]);
    }
  });

  test.each(["infra", "cluster"])(
    "a second make up of %s changes nothing, and the API answers all the while",
    async (STACK) => {
      const { api } = await survives(`a second make up of ${STACK}`, site.nodes, async () => {
        const again = await make("up", { variables: { STACK } });
        expectSuccess(again);
        expect(changesIn(again)).toEqual([]);
      });
      expect(api.failed).toEqual([]);
    },
  );
}
