import {
  expectRefused,
  machinesOfCluster,
  OTHER,
  without,
} from "../integration/support/machinesOfCluster";

/** An API that does not answer is asked again for a quarter of a minute, by the program and by each machine. No lab is needed. */
jest.setTimeout(300_000);

const { site, cluster, uuidOf } = machinesOfCluster(18_947);

test("while the API does not answer it is refused, unless the machine is given up by its name", async () => {
  cluster.nodes = undefined;
  await site.configure("infra", without(OTHER));
  expectRefused(await site.update(), `make up LOST=${OTHER}`);
  process.env["SITEWRIGHT_LOST"] = OTHER;
  const { exitCode, output } = await site.update();
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await uuidOf(OTHER)).toBeUndefined();
});
