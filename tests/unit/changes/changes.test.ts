import { join } from "node:path";

import { z } from "zod";

import { APPLICATIONS } from "../../../apps/registry";
import { changesOf } from "../../../environment/changes";
import { changesDocument } from "../../../environment/changes/document";
import { keysOf } from "../../../environment/changes/keys";
import { expectFile } from "../golden";

/** Whether it is said what a change of each key does on a site that is up. */

const answers = changesOf(APPLICATIONS);

/** Of the whole file; `stack` is no key of it, but its name. */
const keys = keysOf(APPLICATIONS.schema).filter((key) => key !== "stack");

test("every key of the schema has an answer: what is new needs one in environment/changes or in its application", () => {
  expect(keys.filter((key) => !(key in answers))).toEqual([]);
  expect(Object.keys(answers).filter((key) => !keys.includes(key))).toEqual([]);
});

test("docs/changes.md says them", () => {
  expectFile(join(__dirname, "../../../docs/changes.md"), changesDocument(answers));
});

test("keys are found at any depth, in lists, maps and unions", () => {
  const schema = z.strictObject({
    plain: z.string(),
    texts: z.array(z.string()),
    labels: z.record(z.string(), z.string()),
    list: z.array(
      z.strictObject({ inner: z.strictObject({ deep: z.int().optional() }).prefault({}) }),
    ),
    map: z.record(z.string(), z.strictObject({ key: z.boolean().default(false) })),
    union: z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("one"), own: z.string() }),
      z.strictObject({ type: z.literal("two"), other: z.string().optional() }),
    ]),
  });
  expect(keysOf(schema)).toEqual([
    "plain",
    "texts",
    "labels",
    "list[].inner.deep",
    "map.<name>.key",
    "union.type",
    "union.own",
    "union.other",
  ]);
});
