import { joinTriggerOf } from "../../../../cluster/state/joinTrigger";

const joined = { worker: { vmId: "vm-1", joinTrigger: "monday" } };

test("a machine that has joined keeps its occasion, so nothing is minted again", () => {
  expect(joinTriggerOf(joined, "worker", "vm-1", "tuesday")).toBe("monday");
});

test("a machine that has not joined, or is another one, is minted for now", () => {
  expect(joinTriggerOf({}, "worker", "vm-1", "tuesday")).toBe("tuesday");
  expect(joinTriggerOf(joined, "worker", "vm-2", "tuesday")).toBe("tuesday");
  expect(joinTriggerOf(joined, "other", "vm-1", "tuesday")).toBe("tuesday");
});
