import { failingVcenter } from "./support/failingVcenter";

/**
 * A vCenter that fails in the middle of `make up`: what is retried, what is reported, and that a further run leaves exactly
 * the machines of the configuration. Real engine, real plugin; the simulator injects the faults. More of them:
 * tests/drills/faults.test.ts.
 */
jest.setTimeout(300_000);

const { site, up, bothSides, printed } = failingVcenter(18_962);

test("sessions end and calls time out while machines are made: tried again, and that is enough", async () => {
  await site.injectFaults({
    cloneSeconds: 1,
    faults: [
      // While clones are waited for: they go on, and no state knows of them.
      { method: "WaitForUpdatesEx", fault: "NotAuthenticated", skip: 4, times: 2 },
      { method: "PowerOnVM_Task", fault: "NotAuthenticated", skip: 1, times: 1 },
      { method: "CloneVM_Task", fault: "Timeout", skip: 4, times: 1 },
    ],
  });
  await up([1, 1, 1]);
  expect(printed().match(/^Updating/gm)?.length).toBeGreaterThan(1);
  const { found, known } = await bothSides();
  expect(found).toHaveLength(6);
  expect(found).toEqual(known);
});
