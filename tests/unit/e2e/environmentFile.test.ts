import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import {
  type Edit,
  edits,
  withChangedNode,
  withNodesLike,
  withoutNodes,
} from "../../e2e/support/environmentFile";
import { parseEnvironment } from "../../environment";

const text = readFileSync(join(__dirname, "../../../Pulumi.ha.yaml"), "utf8");

/** The nodes of the edited file, which must be an environment without a fault. */
function nodesAfter(edit: Edit) {
  const { config } = parse(edit(text)) as { config: Record<string, unknown> };
  const raw = Object.entries(config)
    .filter(([key]) => key.startsWith("site:"))
    .map(([key, value]) => [key.slice("site:".length), value] as const);
  return parseEnvironment("ha", Object.fromEntries(raw)).nodes;
}

const names = (edit: Edit) => nodesAfter(edit).map(({ name }) => name);
const committed = names((same) => same);
const [first, second, third, worker] = committed as [string, string, string, string];

test("nodes are taken away by name, and the others stay in their order", () => {
  expect(names(withoutNodes(second, third))).toEqual(
    committed.filter((name) => ![second, third].includes(name)),
  );
});

test("a node is added at the end, or at a place, like one that is there", () => {
  const added = { name: "hak8swok504", address: "172.30.110.64" };
  const nodes = nodesAfter(withNodesLike(worker, [added]));
  const like = nodes.find(({ name }) => name === worker)!;
  expect(nodes.at(-1)).toEqual({ ...like, ...added });
  expect(names(withNodesLike(worker, [added], 1))[1]).toBe(added.name);
});

test("a node is readdressed or renamed where it stands", () => {
  expect(nodesAfter(withChangedNode(first, { address: "172.30.110.59" }))[0]).toMatchObject({
    name: first,
    address: "172.30.110.59",
  });
  expect(names(withChangedNode(second, { name: "hak8smst504" }))).toEqual(
    committed.map((name) => (name === second ? "hak8smst504" : name)),
  );
});

test("several edits in one go: the founder is replaced, a worker goes, another comes", () => {
  expect(
    names(
      edits(
        withChangedNode(first, { name: "hak8smst504", address: "172.30.110.59" }),
        withNodesLike(worker, [{ name: "hak8swok504", address: "172.30.110.64" }]),
        withoutNodes("hak8swok503"),
      ),
    ),
  ).toEqual([
    "hak8smst504",
    ...committed.slice(1).filter((name) => name !== "hak8swok503"),
    "hak8swok504",
  ]);
});

test("nothing else of the file changes, its comments neither", () => {
  const commentsOf = (of: string) => of.match(/^ *#.*$/gm);
  const edited = withoutNodes(second)(text);
  expect(commentsOf(edited)).toEqual(commentsOf(text));
  const back = withNodesLike(first, [{ name: second, address: "172.30.110.57" }], 1)(edited);
  expect(parse(back)).toEqual(parse(text));
});

test("a node that is not there is a mistake of the test", () => {
  expect(() => withoutNodes("unknown")(text)).toThrow("no node unknown");
  expect(() => withoutNodes(first)("config: {}")).toThrow("no list site:nodes");
});
