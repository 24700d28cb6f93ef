import { expectSuccess, forgetCluster, make, unchangedStacks } from "../e2e/support/harness";
import { PlainSite, STACKS } from "../e2e/support/plainSite";

/**
 * A site is taken away and made again by plain pulumi, on a machine without .toolchain: for it the lab's vCenter is one somewhere.
 * `make up` then finds nothing to change.
 */
export function plainPulumi(): void {
  const site = new PlainSite();
  beforeAll(() => site.machine.prepare({ compile: false }));
  afterAll(() => {
    forgetCluster();
    site.machine.remove();
  });

  test.each([...STACKS].reverse())("pulumi destroy of %s", async (stack) => {
    const { exitCode, output } = await site.pulumi(stack, "destroy", "--yes");
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +- [0-9]+ deleted$/m)]);
  });

  test.each(STACKS)("pulumi up of %s, from nothing", async (stack) => {
    const { exitCode, output } = await site.pulumi(stack, "up", "--yes");
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +\+ [0-9]+ created$/m)]);
  });

  test("make up changes nothing", async () => {
    const finished = await make("up");
    expectSuccess(finished);
    expect(unchangedStacks(finished)).toBe(4);
    expectSuccess(await make("status"));
  });

  test("nothing was written into the checkout", async () => {
    expect(await site.machine.changedFiles()).toBe("");
  });
}
