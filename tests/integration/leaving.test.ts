import { selectProjects } from "../../operations/engine/stacks";
import { forgetVanished } from "../../operations/lost-nodes/vanishedMachines";
import { parseEnvironment } from "../environment";
import { rawSite } from "../unit/environment/site";
import {
  configuration,
  edited,
  expectRefused,
  machinesOfCluster,
  OTHER,
  without,
  WORKER,
} from "./support/machinesOfCluster";
import { EXCLUDED, type RawConfig, VIRTUAL_MACHINE } from "./support/vcenter";

/**
 * The real engine and plugins: which machines an update of infra keeps, and when it lets them go. While the API does not answer:
 * tests/drills/leaving.test.ts.
 */
jest.setTimeout(300_000);

const { site, cluster, steps, uuidOf } = machinesOfCluster(18_931);

const vm = async (name: string) =>
  (await site.state()).find(
    ({ type, urn }) => type === VIRTUAL_MACHINE && urn.endsWith(`::${name}-vm`),
  )!;
/** Inputs without what the plugin fills in, and without secrets, which are encrypted differently each time. */
const inputsOf = async (name: string) =>
  JSON.parse(
    JSON.stringify((await vm(name)).inputs, (key, value: unknown) =>
      key === "__defaults" || key === "extraConfig" ? undefined : value,
    ),
  ) as unknown;
/** What an update would do to the worker. */
const plans = async (edit: Parameters<typeof site.previewMachines>[0]) =>
  (await site.previewMachines(edit)).filter((plan) => plan.includes(WORKER));
const update = async (edit: Parameters<typeof site.configure>[1]) => {
  await site.configure("infra", edit);
  const { exitCode, output } = await site.update();
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  return output;
};

test("a machine that cluster has steps on is kept as it is, wherever it was, and named", async () => {
  const [{ outputs }, before] = [await vm(WORKER), await inputsOf(WORKER)];
  expect(await plans(without(WORKER))).toEqual([]);
  const output = await update(without(WORKER));
  expect(output).toContain("1 machine is kept as recorded");
  expect(output).toContain(`${WORKER} is no longer listed`);
  expect(await uuidOf(WORKER)).toBe(outputs!["uuid"]);
  expect(await inputsOf(WORKER)).toEqual(before);
  expect(await plans(configuration)).toEqual([]);
});

test("so it is while it is to be replaced, and becomes another machine when cluster has let it go", async () => {
  const [{ outputs }, before] = [await vm(WORKER), await inputsOf(WORKER)];
  const again = edited(WORKER, { generation: 2, cpus: 4 });
  expect(await plans(again)).toEqual([]);
  await update(again);
  expect(await inputsOf(WORKER)).toEqual(before);

  await steps(OTHER);
  cluster.nodes = {};
  await update(again);
  const after = await vm(WORKER);
  expect(after.outputs!["uuid"]).not.toBe(outputs!["uuid"]);
  expect(after.inputs!["numCpus"]).toBe(4);

  await steps(WORKER, OTHER);
  expect(await plans(again)).toEqual([]);
});

test("a replacement that the program does not foresee is refused by the machine's guard", async () => {
  await site.configure("infra", edited(WORKER, { generation: 2, cpus: 4 }));
  const { urn } = await vm(WORKER);
  const before = await uuidOf(WORKER);
  const replace = ["up", "--yes", "--skip-preview", "--replace", urn, ...EXCLUDED];
  const finished = await site.pulumi("infra", [...replace, ...site.select()]);
  expectRefused(finished, `The machine ${WORKER} was not deleted`);
  expect(finished.output).toContain("another generation");
  expect(await uuidOf(WORKER)).toBe(before);
});

/** Looks for machines that were deleted in the vCenter by hand; says how often it has changed the state. */
function vanishing() {
  let refreshes = 0;
  jest.spyOn(console, "log").mockImplementation();
  return async (): Promise<number> => {
    await forgetVanished(
      {
        engine: {
          ...site.driver(() => (refreshes += 1)),
          capture: async ({ name }, args) => {
            const { exitCode, output } = await site.pulumi(name as "infra", args);
            return { ok: exitCode === 0, stdout: output, stderr: "" };
          },
        },
        project: selectProjects("infra")[0],
        site: parseEnvironment("dev", rawSite("dev")),
        vcenter: site.vcenter(),
      },
      // Machines without containers do not answer.
      (hosts) => Promise.resolve(new Set(hosts)),
    );
    return refreshes;
  };
}

test("one that was deleted in the vCenter by hand goes as well, when cluster has let it go", async () => {
  const look = vanishing();
  await site.deleteMachine(`/coolcorp/vm/kubernetes/${OTHER}`);
  const edit = edited(WORKER, { generation: 2, cpus: 4 });
  const withoutOther = (config: RawConfig) => {
    edit(config);
    const nodes = config["site:nodes"] as unknown as { name: string }[];
    config["site:nodes"] = nodes.filter(({ name }) => name !== OTHER) as never;
  };
  expect(await look()).toBe(0);
  await update(withoutOther);

  await steps(WORKER);
  await site.configure("infra", withoutOther);
  expect(await look()).toBe(1);
  await update(withoutOther);
  expect((await site.state()).filter(({ urn }) => urn.includes(OTHER))).toEqual([]);
  await steps(WORKER, OTHER);
});

describe("where the machines of nodes are protected", () => {
  const inProduction = (edit: (config: RawConfig) => void) => (config: RawConfig) => {
    edit(config);
    config["site:protection"] = "production" as never;
  };
  const protectedNow = async () => (await vm(OTHER)).protect ?? false;

  test("protection changes no machine, and the engine deletes none of them", async () => {
    const listed = edited(WORKER, { generation: 2, cpus: 4 });
    await update(listed);
    expect(await site.previewMachines(inProduction(listed))).toEqual([]);
    await update(inProduction(listed));
    expect(await protectedNow()).toBe(true);
    const destroy = ["destroy", "--yes", "--skip-preview", "--target-dependents"];
    const target = ["--target", (await vm(OTHER)).urn];
    expectRefused(await site.pulumi("infra", [...destroy, ...target, ...site.select()]), "protect");
    expect(await uuidOf(OTHER)).toBeDefined();
  });

  test("one that the cluster does not have goes in two updates, one that it has stays unprotected until then", async () => {
    await steps(OTHER);
    cluster.nodes = {};
    await update(inProduction(without(WORKER, OTHER)));
    expect(await protectedNow()).toBe(false);
    expect(await uuidOf(WORKER)).toBeDefined();
    await update(inProduction(without(WORKER, OTHER)));
    expect(await uuidOf(WORKER)).toBeUndefined();
    expect(await uuidOf(OTHER)).toBeDefined();
  });

  test("without protection in the file, none is left", async () => {
    await update(configuration);
    expect((await site.state()).filter(({ protect }) => protect === true)).toEqual([]);
  });
});

test("once cluster has no steps on them, machines that are not listed go", async () => {
  await steps();
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
