import * as pulumi from "@pulumi/pulumi";

import { configOf, rawSite } from "../environment/site";
import { requestsOf } from "../graph";
import { parseEnvironment } from "../../environment";
import { recordedCluster, recordedInfra } from "./recorded";
import { run, VM } from "./run";

/** Machines of production are protected from deletion until they leave in order. */

const GONE = "devk8swok509";

function rawProduction(listed: boolean) {
  const raw = rawSite("dev");
  raw["protection"] = "production";
  if (listed) {
    raw["nodes"].push({ ...raw["nodes"][1], name: GONE, address: "172.30.10.69" });
  }
  return raw;
}
const recorded = parseEnvironment("dev", rawProduction(true)).nodes;

/** Whether each virtual machine that the program registers is protected, by the machine's name. */
async function protectionOf(make: () => Promise<unknown>): Promise<Map<string, boolean>> {
  const requests = await requestsOf(make);
  return new Map(
    requests
      .filter((request) => request.getType() === VM)
      .map((request) => [request.getName().replace(/-vm$/, ""), request.getProtect()] as const),
  );
}

/** The program after the machine has been taken out of the list. */
const without = (members: readonly string[], isProtected: boolean) => {
  const state = recordedInfra(recorded).map((one) =>
    isProtected && one.urn.endsWith(`Machine::${GONE}`)
      ? { ...one, outputs: { ...one.outputs, isProtected } }
      : one,
  );
  return protectionOf(() =>
    run({
      config: configOf(rawProduction(false)),
      stacks: {
        "organization/sitewright-infra/dev": state,
        "organization/sitewright-cluster/dev": recordedCluster({}, members),
      },
    }),
  );
};

beforeEach(() => {
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
});
afterEach(() => jest.restoreAllMocks());

test("the machines of nodes are protected, those of load balancers hold no data", async () => {
  const protection = await protectionOf(() => run({ config: configOf(rawProduction(true)) }));
  for (const { name } of recorded) {
    expect([name, protection.get(name)]).toEqual([name, true]);
  }
  expect(protection.get("devk8slb501")).toBe(false);
  const lab = await protectionOf(() => run({}));
  expect([...lab.values()]).not.toContain(true);
});

test("one that the cluster is to let go is kept, and protected no longer", async () => {
  expect((await without([GONE], true)).get(GONE)).toBe(false);
});

test("one that the cluster does not have is kept once, because the engine deletes nothing protected; then it goes", async () => {
  expect((await without([], true)).get(GONE)).toBe(false);
  expect((await without([], false)).has(GONE)).toBe(false);
});
