import { OperatorError } from "../../lib/operatorError";
import { failingVcenter } from "../integration/support/failingVcenter";

/** More faults of a vCenter in the middle of `make up`. No lab is needed. */
jest.setTimeout(300_000);

const { site, up, printed } = failingVcenter(18_941);

test("one request in twenty is lost: tried again, and what does not help is said in one message", async () => {
  await site.injectFaults({ lostConnections: 0.05 });
  const outcome = await up([0]).catch((error: unknown) => error);
  if (outcome !== undefined) {
    expect(outcome).toBeInstanceOf(OperatorError);
    // Attempts used up; an orphaned resource that could not be looked for; one that could not be removed.
    expect((outcome as OperatorError).fault.what).toMatch(
      /^The vCenter failed in 2 attempts|^It is unknown whether a killed update of|^pulumi destroy failed$/,
    );
  }
});

test("a missing privilege is said at once and not tried again", async () => {
  await site.injectFaults({ faults: [{ method: "CloneVM_Task", fault: "NoPermission" }] });
  await expect(up([0, 0])).rejects.toThrow("pulumi up failed");
  expect(printed().match(/^Updating/gm)).toHaveLength(1);
  expect(printed()).toContain("Permission to perform this operation was denied.");
});
