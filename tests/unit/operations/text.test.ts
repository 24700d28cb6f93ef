import { elapsed } from "../../../lib/humanUnits";
import { describeFault } from "../../../lib/operatorError";
import { table } from "../../../lib/table";
import { shellExports } from "../../../operations/engine/shellExports";
import { selectProjects } from "../../../operations/engine/stacks";

test("a fault says what, where, why and what next, with further lines indented", () => {
  expect(
    describeFault({ what: "It broke.", where: "here", why: "one\ntwo\n", next: "do this" }),
  ).toBe("It broke.\n  where: here\n  why:   one\n         two\n  next:  do this");
});

test("columns are as wide as their widest cell", () => {
  expect(table(["A", "LONG"], [["wider", "x"]])).toBe("A      LONG\nwider  x");
});

test.each([
  [0, "0 s"],
  [59_400, "59 s"],
  [192_000, "3 min 12 s"],
])("%i ms read as %s", (milliseconds, text) => {
  expect(elapsed(0, milliseconds)).toBe(text);
});

test("values are quoted for the shell", () => {
  expect(shellExports({ A: "plain", B: "two words; $(x)" })).toBe(
    "export A=plain\nexport B='two words; $(x)'",
  );
});

test("an unknown stack is refused with the names there are", () => {
  expect(() => selectProjects("cluter")).toThrow(
    'There is no stack "cluter".\n  where: STACK=cluter\n' +
      "  next:  use one of infra, cluster, apps, site, or leave STACK out for all",
  );
  expect(selectProjects().map(({ name }) => name)).toEqual(["infra", "cluster", "apps", "site"]);
});
