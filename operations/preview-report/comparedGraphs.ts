import { documentDiffs } from "./documents";
import { type GraphEntry, graphEntries } from "./graphEntries";
import type { Change, StackChanges } from "./model";
import { changedPaths, reason } from "./plainInputs";
import { byOperation } from "./previewedStack";

type Inputs = Record<string, unknown>;

/** A resource and its options, without what it is found by. */
type Node = Pick<GraphEntry, "resource" | "type" | "inputs"> & { options: Inputs };

/**
 * What has changed between two versions of a stack's graph (tests/goldens). Whether a change is done in place or by a replacement
 * is the plugins' answer to a state, and a graph has none: all changes are called updates here.
 *
 * @param before - Content of the file in the version compared with; undefined where it was not there.
 */
export function comparedGraphs(
  stack: string,
  before: string | undefined,
  after: string | undefined,
): StackChanges {
  const [old, made] = [nodes(before), nodes(after)];
  const changes = [...new Set([...old.keys(), ...made.keys()])].flatMap((key) =>
    changeOf(old.get(key), made.get(key)),
  );
  const touched = changes.filter(({ operation }) => operation !== "create").length;
  return { stack, changes: byOperation(changes), same: old.size - touched };
}

/** Resources that are no components: those have no inputs, and options of their own only by mistake. */
function nodes(graph: string | undefined): Map<string, Node> {
  return new Map(
    graphEntries(graph ?? "[]")
      .filter(({ type }) => !type.startsWith("sitewright:"))
      .map(({ resource, type, inputs, ...options }) => [
        `${type} ${resource}`,
        { resource, type, inputs, options },
      ]),
  );
}

function changeOf(old: Node | undefined, made: Node | undefined): Change[] {
  const node = made ?? old;
  if (node === undefined) {
    return [];
  }
  const head = { name: node.resource.replace(/ \([^()]*\)$/, ""), type: node.type };
  if (old === undefined) {
    const documents = documentDiffs(node.type, undefined, node.inputs);
    return [{ ...head, operation: "create", reasons: ["new"], documents }];
  }
  if (made === undefined) {
    const reasons = ["no longer in the program"];
    return [{ ...head, operation: "delete", reasons, documents: [] }];
  }
  const reasons = [
    ...changedPaths(old.inputs, made.inputs).map((path) => reason(path, old.inputs, made.inputs)),
    ...changedPaths(old.options, made.options).map(
      (path) => `option ${reason(path, old.options, made.options)}`,
    ),
  ];
  const documents = documentDiffs(node.type, old.inputs, made.inputs);
  return reasons.length === 0 ? [] : [{ ...head, operation: "update", reasons, documents }];
}
