import {
  expectRefused,
  machinesOfCluster,
  OTHER,
  without,
} from "../integration/support/machinesOfCluster";

/** An API that does not answer is asked again for a quarter of a minute by each machine's guard. No lab is needed. */
jest.setTimeout(300_000);

const { site, cluster, steps, uuidOf } = machinesOfCluster(18_947);

test("a machine that cluster has no steps on is not deleted while the API does not answer, unless the machine is given up by its name", async () => {
  cluster.nodes = undefined;
  await steps();
  await site.configure("infra", without(OTHER));
  expectRefused(await site.update(), `make up LOST=${OTHER}`);
  process.env["SITEWRIGHT_LOST"] = OTHER;
  const { exitCode, output } = await site.update();
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await uuidOf(OTHER)).toBeUndefined();
});
