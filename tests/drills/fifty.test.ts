import { type RawConfig, Site } from "../integration/support/vcenter";

/**
 * Many machines in one update. They have no containers, so the figures are those of the engine, the plugin and the API calls;
 * the step over SSH to the load balancer is left out.
 */
jest.setTimeout(300_000);

const site = new Site(18_961);

/** Seconds a clone takes in the simulated vCenter. */
const CLONE_SECONDS = 2;

/** The lab's configuration with so many machines, the load balancer among them. */
const machines = (count: number) => (config: RawConfig) => {
  const all = config["site:nodes"] as unknown as Record<string, unknown>[];
  const more = Array.from({ length: count - 1 - all.length }, (_, index) => ({
    ...all[1],
    name: `devk8swok${600 + index}`,
    address: `172.30.10.${100 + index}`,
  }));
  all.push(...more);
};

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = Date.now();
  await work();
  return (Date.now() - begun) / 1000;
}

async function up(count: number): Promise<number> {
  await site.configure("infra", machines(count));
  return seconds(async () => {
    const { exitCode, output } = await site.update();
    expect([exitCode, output]).toEqual([0, expect.anything()]);
  });
}

beforeAll(() => site.start());
afterAll(() => site.stop());

test("fifty machines are cloned in waves, and are then no change", async () => {
  await site.injectFaults({ cloneSeconds: CLONE_SECONDS });
  const fifty = await up(50);
  expect(await site.machines()).toHaveLength(50);
  const preview = await seconds(async () => {
    expect(await site.planned()).toEqual([]);
  });
  const ten = await up(60);
  const each = (fifty - ten) / (50 - 10);
  process.stdout.write(
    `a clone takes ${CLONE_SECONDS} s: 50 machines up in ${fifty.toFixed(1)} s, 10 more in ${ten.toFixed(1)} s, ` +
      `each of those beyond ten ${each.toFixed(2)} s; preview of 50 without changes ${preview.toFixed(1)} s\n`,
  );
  // One after the other, each further machine would take as long as a clone.
  expect(each).toBeLessThan(CLONE_SECONDS / 2);
  expect(fifty).toBeLessThan(50 * CLONE_SECONDS);
  // A preview asks for each machine what an update asks, and clones none.
  expect(preview).toBeLessThan(fifty);
});
