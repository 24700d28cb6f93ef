import "./environment";

import { nodes } from "../e2e/cluster/nodes";
import { madeOrHopeless, part } from "../e2e/parts";
import { expectSuccess, make } from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";
import { founder } from "./scenarios/controlPlanes";
import { members } from "./scenarios/members";
import { workers } from "./scenarios/workers";

/**
 * Members of a cluster come and go: the site of Pulumi.ha.yaml, up to its cluster. Each part is a file in the folder scenarios, and
 * works on the committed site. The last one leaves a machine of another generation, before the site goes. The drills run the longer
 * ones.
 */
jest.setTimeout(15 * 60_000);

describe("make up of infra and cluster", () => {
  beforeAll(takeLabDown);

  test.each(["infra", "cluster"])("%s", async (STACK) => {
    await madeOrHopeless(async () => {
      const finished = await make("up", { variables: { STACK } });
      expectSuccess(finished);
      console.log(`make up STACK=${STACK}, three control planes: ${finished.seconds.toFixed(0)} s`);
    });
  });
});
part("the nodes", nodes);
part("the members", members);
part("workers", workers);
part("the founder", founder);
describe("make down", () => {
  test("takes the site and its lab away", async () => {
    expectSuccess(await make("down"));
  });
});
