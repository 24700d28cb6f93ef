import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { withoutNodes } from "../../e2e/support/environmentFile";
import { checkout } from "../../../lib/paths";

const committed = readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8");

test("an edit is what the commands in the copy read, and the checkout stays as it is", () => {
  const edited = new EditedCheckout();
  try {
    const text = () => readFileSync(edited.file, "utf8");
    expect(text()).toBe(committed);
    edited.edit(withoutNodes("devk8swok503"));
    expect(text()).not.toContain("devk8swok503");
    const paths = join(dirname(edited.file), "dist", "lib", "paths.js");
    const script = `console.log(require(${JSON.stringify(paths)}).checkout)`;
    expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trim()).toBe(
      dirname(edited.file),
    );
    expect(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")).toBe(committed);
    edited.revert();
    expect(text()).toBe(committed);
  } finally {
    edited.remove();
  }
  expect(existsSync(dirname(edited.file))).toBe(false);
});
