import { existsSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../../lib/paths";
import { DELETE_STEPS, deleteStep } from "../../../pulumi/deleteStep";

test.each(DELETE_STEPS)("states find the program %s where they look for it", (program) => {
  expect(existsSync(join(checkout, "operations", `${program}.ts`))).toBe(true);
});

test("its words are quoted", () => {
  expect(deleteStep("guard", "apps", "my site")).toBe("node ../operations/guard.js apps 'my site'");
});
