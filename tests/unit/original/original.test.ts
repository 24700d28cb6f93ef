import { readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../../lib/paths";
import { FACTS } from "./facts";
import { Rendered } from "./rendered";

/** Names and values of the original site: each is in what Pulumi.prd.yaml makes, or a row of docs/original.md. */

const prd = new Rendered();

/** First cells of the tables' rows. */
const rows = readFileSync(join(checkout, "docs", "original.md"), "utf8")
  .split("\n")
  .flatMap((line) => /^\| ([^|]+?) +\|/.exec(line)?.[1] ?? [])
  .filter((cell) => cell !== "what" && !/^-+$/.test(cell));

test.each(Object.entries(FACTS))("%s", (name, holds) => {
  if (rows.includes(name)) {
    // What holds is no difference any more: its row goes.
    expect(() => holds(prd)).toThrow();
  } else {
    holds(prd);
  }
});

test("each row is about something that the original has", () => {
  expect(rows.filter((row) => FACTS[row] === undefined)).toEqual([]);
  expect(new Set(rows).size).toBe(rows.length);
});
