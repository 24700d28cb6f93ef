import { type Document, isMap, isSeq, parseDocument, type YAMLSeq } from "yaml";

import type { NodeSpec } from "../../../environment/schema";

/** A node as an environment's file has it. */
export type NodeEntry = Pick<
  NodeSpec,
  "name" | "role" | "zone" | "address" | "cpus" | "memoryMiB" | "diskGiB"
>;

/** Edits an environment's file as an operator does: the rest of it stays as it is, comments too. */
export type Edit = (text: string) => string;

/** Takes the nodes of these names away. */
export function withoutNodes(...names: string[]): Edit {
  return editNodes((nodes) => {
    names.forEach((name) => nodes.delete(indexOf(nodes, name)));
  });
}

/**
 * Adds nodes that are like one that is there, but for what is given.
 * @param at - Place in the list. @default its end
 */
export function withNodesLike(
  model: string,
  entries: readonly (Pick<NodeEntry, "name" | "address"> & Partial<NodeEntry>)[],
  at?: number,
): Edit {
  return editNodes((nodes, file) => {
    const like = (nodes.toJS(file) as NodeEntry[])[indexOf(nodes, model)];
    const added = entries.map((entry) => file.createNode({ ...like, ...entry }));
    nodes.items.splice(at ?? nodes.items.length, 0, ...added);
  });
}

/** Changes keys of a node, its name or address for one. */
export function withChangedNode(
  name: string,
  changes: Readonly<Partial<NodeEntry>> & Readonly<Record<string, unknown>>,
): Edit {
  return editNodes((nodes) => {
    const index = indexOf(nodes, name);
    Object.entries(changes).forEach(([key, value]) => nodes.setIn([index, key], value));
  });
}

/** Sets a key, by its path, such as site:maintenance and drainSeconds. */
export function withKey(path: readonly string[], value: unknown): Edit {
  return (text) => {
    const file = parseDocument(text);
    file.setIn(["config", ...path], value);
    return file.toString({ lineWidth: 0 });
  };
}

/** Several edits, one after the other. */
export function edits(...all: readonly Edit[]): Edit {
  return (text) => all.reduce((edited, edit) => edit(edited), text);
}

function editNodes(change: (nodes: YAMLSeq, file: Document) => void): Edit {
  return (text) => {
    const file = parseDocument(text);
    const nodes = file.getIn(["config", "site:nodes"]);
    if (!isSeq(nodes)) {
      throw new Error("The environment's file has no list site:nodes.");
    }
    change(nodes, file);
    return file.toString({ lineWidth: 0 });
  };
}

function indexOf(nodes: YAMLSeq, name: string): number {
  const index = nodes.items.findIndex((item) => isMap(item) && item.get("name") === name);
  if (index < 0) {
    throw new Error(`The environment's file has no node ${name}.`);
  }
  return index;
}
