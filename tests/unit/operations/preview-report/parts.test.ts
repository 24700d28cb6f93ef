import { comparedGraphs } from "../../../../operations/preview-report/comparedGraphs";
import { type Block, fit } from "../../../../operations/preview-report/fit";
import { code, fenced, folded } from "../../../../operations/preview-report/markdown";
import {
  changedPaths,
  plainInputs,
  valueAt,
} from "../../../../operations/preview-report/plainInputs";

describe("text is never markup", () => {
  test.each([
    ["a|b", "`a\\|b`"],
    ["`x`", "`` `x` ``"],
    ["two\nlines", "`two lines`"],
    ["@reviewer <b>", "`@reviewer <b>`"],
    ["", ""],
  ])("%j in a line", (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test("in a block that it would end, and in the summary of a fold", () => {
    expect(fenced("diff", "+```\n+````")).toBe("`````diff\n+```\n+````\n`````");
    expect(folded("<img> & @reviewer", "x")).toBe(
      "<details><summary>&lt;img&gt; &amp; &#64;reviewer</summary>\n\nx\n\n</details>",
    );
  });
});

describe("a report that is too long", () => {
  const block = (name: string, rank: number, size: number): Block => ({
    what: name,
    rank,
    open: name.repeat(Math.ceil(size / name.length)).slice(0, size),
  });
  const table: Block = {
    what: "rows",
    rank: 1,
    open: "head",
    lines: Array.from(
      { length: 100 },
      (_, index) => `row ${String(index).padStart(3, "0")} ${"x".repeat(91)}`,
    ),
    close: "end",
  };

  test("is whole where it fits", () => {
    expect(fit([block("a", 0, 10), table], 20_000)).not.toContain("cut");
  });

  test("loses what matters least, keeps the order, and says what is missing", () => {
    const text = fit([block("a", 0, 100), block("b", 5, 3000), block("c", 2, 3000)], 5000);
    expect(text.length).toBeLessThanOrEqual(5000);
    expect(text).toContain("ccc");
    expect(text).not.toContain("bbb");
    expect(text.indexOf("Left out: 1 b.")).toBeGreaterThan(text.indexOf("aaa"));
    expect(text.indexOf("Left out: 1 b.")).toBeLessThan(text.indexOf("ccc"));
  });

  test("keeps the first rows of a table, counts the others, and ends what it opened", () => {
    const text = fit([block("a", 0, 100), table], 5000);
    const shown = text.match(/^row/gm)?.length ?? 0;
    expect(text.length).toBeLessThanOrEqual(5000);
    expect(shown).toBeGreaterThan(10);
    expect(text).toContain(`… and ${100 - shown} more: cut\nend`);
    expect(text).toContain(`Left out: ${100 - shown} rows.`);
  });

  test("is never longer than it may be, whatever it is made of", () => {
    for (let limit = 2000; limit < 30_000; limit += 997) {
      const blocks = [block("a", 0, 100), table, block("b", 2, 4000), { ...table, rank: 3 }];
      expect(fit(blocks, limit).length).toBeLessThanOrEqual(limit);
    }
  });
});

describe("inputs as a person may see them", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

  test("have words for secrets and for what is not known yet", () => {
    const inputs = {
      key: { ...secret, ciphertext: "[secret]" },
      list: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
      __defaults: ["x"],
    };
    expect(plainInputs("a:b:C", inputs)).toEqual({ key: "(secret)", list: ["(known after up)"] });
  });

  test("differ at paths that lead to the values", () => {
    const before = { a: [{ b: 1 }], "x.y": 1, same: { deep: 1 } };
    const after = { a: [{ b: 2 }, 3], "x.y": 2, same: { deep: 1 } };
    expect(changedPaths(before, after)).toEqual(["a[0].b", "a[1]", '["x.y"]']);
    expect(changedPaths(before, after).map((path) => valueAt(after, path))).toEqual([2, 3, 2]);
  });
});

describe("two versions of a graph", () => {
  const text = "x".repeat(400);
  const graph = (...entries: string[]) => entries.join("");
  const machine = (memory: number, more = "") =>
    `- resource: one-vm (VirtualMachine)\n  type: vsphere:index/virtualMachine:VirtualMachine\n${more}  inputs:\n    memory: ${memory}\n    text: &text ${text}\n`;
  const other = "- resource: two (File)\n  type: a:b:File\n  inputs:\n    text: *text\n";
  const group = "- resource: group (Group)\n  type: sitewright:infra:Group\n  inputs: {}\n";

  test("the same", () => {
    const same = graph(machine(1), other, group);
    expect(comparedGraphs("infra", same, same)).toEqual({ stack: "infra", changes: [], same: 2 });
  });

  test("an input, an option, one more and one less", () => {
    const added = other.replace("two", "three");
    const { changes, same } = comparedGraphs(
      "infra",
      graph(machine(1), other),
      graph(machine(2, "  protect: true\n"), added),
    );
    expect(changes.map(({ operation, name, reasons }) => [operation, name, ...reasons])).toEqual([
      ["delete", "two", "no longer in the program"],
      ["update", "one-vm", "memory: 1 → 2", "option protect: none → true"],
      ["create", "three", "new"],
    ]);
    expect(same).toBe(0);
  });

  test("one that was not there, and one that is empty", () => {
    expect(comparedGraphs("infra", undefined, graph(machine(1))).changes).toHaveLength(1);
    expect(comparedGraphs("infra", undefined, "[]\n")).toEqual({
      stack: "infra",
      changes: [],
      same: 0,
    });
  });
});
