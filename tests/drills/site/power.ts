import { readEnvironmentFile } from "../../environment";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import {
  changesIn,
  docker,
  environment,
  expectSuccess,
  kubectl,
  make,
} from "../../e2e/support/harness";

/** A power cut: every machine of the site goes off at once, and comes on again in any order. The lab's own host stays on. */
export function power(): void {
  const { nodes, loadBalancer } = readEnvironmentFile(environment, { directory: checkout });
  const machines = [...loadBalancerMachines(loadBalancer), ...nodes].map(
    ({ name }) => `sitewright-${name}`,
  );
  const canary = "e2e-power";

  test.each([
    ["load balancer and control plane first", machines],
    ["workers first", [...machines].reverse()],
  ])("on again, %s: the site is healthy without hands", async (_order, order) => {
    await kubectl(["create", "configmap", canary]);
    await docker("kill", ...order);
    const off = Date.now();
    for (const machine of order) {
      await docker("start", machine);
    }
    const status = async () => `${(await make("status")).exitCode}`;
    expect(await eventually(["0"], status, { seconds: 600 })).toBe("0");
    console.log(`healthy ${((Date.now() - off) / 1000).toFixed(0)} s after the power came back`);
    await kubectl(["delete", "configmap", canary]);
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  });
}
