import {
  configuration,
  expectRefused,
  machinesOfCluster,
  OTHER,
  without,
  WORKER,
} from "./support/machinesOfCluster";
import { EXCLUDED, VIRTUAL_MACHINE } from "./support/vcenter";

/**
 * The real engine and plugins: which machines an update of infra does not delete. While the API does not answer:
 * tests/drills/leaving.test.ts.
 */
jest.setTimeout(300_000);

const { site, cluster, uuidOf } = machinesOfCluster(18_931);

test("a machine that the cluster still has is refused in preview and in up, and stays", async () => {
  const before = await uuidOf(WORKER);
  await expect(site.previewMachines(without(WORKER))).rejects.toThrow("has it as a Node");
  expectRefused(await site.update(), `kubectl delete node ${WORKER}`);
  expect(await uuidOf(WORKER)).toBe(before);
});

test("a replacement that the program does not foresee is refused by the machine's guard", async () => {
  await site.configure("infra", configuration);
  const before = await uuidOf(WORKER);
  const vm = (await site.state()).find(
    ({ type, urn }) => type === VIRTUAL_MACHINE && urn.endsWith(`::${WORKER}-vm`),
  )!;
  const replace = ["up", "--yes", "--skip-preview", "--replace", vm.urn, ...EXCLUDED];
  const finished = await site.pulumi("infra", [...replace, ...site.select()]);
  expectRefused(finished, `The machine ${WORKER} was not deleted`);
  expect(await uuidOf(WORKER)).toBe(before);
});

test("once the cluster does not have it any more, the same edit goes through", async () => {
  cluster.nodes = {};
  const { exitCode, output } = await site.upMachines(without(OTHER, WORKER));
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await uuidOf(WORKER)).toBeUndefined();
});

test("a whole destroy asks none of the machines' guards", async () => {
  await site.configure("infra", without(OTHER, WORKER));
  cluster.nodes = { devk8swok501: (await uuidOf("devk8swok501")) ?? "" };
  const destroy = ["destroy", "--yes", "--skip-preview", ...site.select()];
  const { exitCode, output } = await site.pulumi("infra", destroy);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await site.machines()).toEqual([]);
});
