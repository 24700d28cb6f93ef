import { joinTriggerOf } from "../../../../cluster/state/joinTrigger";

const joined = { worker: { vmId: "vm-1", joinTrigger: "monday" } };

test("a machine that has joined keeps its join trigger, so no bootstrap token is created", () => {
  expect(joinTriggerOf(joined, "worker", "vm-1", "tuesday")).toBe("monday");
});

test("a machine that has not joined, or is another one, gets a new join trigger", () => {
  expect(joinTriggerOf({}, "worker", "vm-1", "tuesday")).toBe("tuesday");
  expect(joinTriggerOf(joined, "worker", "vm-2", "tuesday")).toBe("tuesday");
  expect(joinTriggerOf(joined, "other", "vm-1", "tuesday")).toBe("tuesday");
});
