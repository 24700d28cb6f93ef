import { toolsOf } from "../../../operations/tools";

afterEach(() => {
  delete process.env.GRAPHS;
});

test.each(["access", "flows", "versions"])("make %s builds nothing", (command) => {
  expect(toolsOf(command, () => true)).toEqual([]);
});

test("a report of graphs alone builds nothing, one with previews what they run", () => {
  expect(toolsOf("preview-report", () => false)).toEqual(["operator"]);
  process.env.GRAPHS = "1";
  expect(toolsOf("preview-report", () => false)).toEqual([]);
});

test("a real site needs nothing of the lab, and the lab's pieces are for make up", () => {
  expect(toolsOf("up", () => false)).toEqual(["operator"]);
  expect(toolsOf("down", () => true)).toEqual(["operator"]);
  expect(toolsOf("up", () => true)).toEqual(["operator", "lab"]);
});
