import { occasionOf } from "../../../../cluster/state/joinTrigger";

const joined = { worker: { vmId: "vm-1", occasion: "monday" } };

test("a machine that has joined keeps its occasion, so nothing is minted again", () => {
  expect(occasionOf(joined, "worker", "vm-1", "tuesday")).toBe("monday");
});

test("a machine that has not joined, or is another one, is minted for now", () => {
  expect(occasionOf({}, "worker", "vm-1", "tuesday")).toBe("tuesday");
  expect(occasionOf(joined, "worker", "vm-2", "tuesday")).toBe("tuesday");
  expect(occasionOf(joined, "other", "vm-1", "tuesday")).toBe("tuesday");
});
