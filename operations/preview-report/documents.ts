import { structuredPatch } from "diff";
import { stringify } from "yaml";

import type { DocumentDiff } from "./model";
import { scrubPatterns } from "./scrub";

type Inputs = Record<string, unknown>;

/**
 * The texts a resource stands for, by what they are called: a manifest, the files and scripts that a command brings to a
 * machine, and the inputs that are neither.
 */
export function documentsOf(type: string, inputs: Inputs): Map<string, string> {
  const documents = new Map<string, string>();
  if (type.startsWith("kubernetes:")) {
    return documents.set("manifest", yaml(inputs));
  }
  const rest: Inputs = { ...inputs };
  if (type.startsWith("command:")) {
    for (const [key, title] of Object.entries(SCRIPTS)) {
      const value = inputs[key];
      if (typeof value === "string" && value.includes("\n")) {
        delete rest[key];
        // Most commands do the same the first time and each time after it.
        if (key !== "update" || value !== inputs.create) {
          documents.set(title ?? standardInput(value), value);
        }
      }
    }
  }
  return documents.set("inputs", yaml(rest));
}

/** What a command has in its inputs, and how it is called; standard input is called by what it is. */
const SCRIPTS: Record<string, string | undefined> = {
  stdin: undefined,
  create: "script",
  update: "script of a change",
  delete: "script of the deletion",
};

function standardInput(text: string): string {
  if (/^apiVersion: kubeadm\.k8s\.io\//m.test(text)) {
    return "kubeadm config";
  }
  return /^(frontend|backend) /m.test(text) ? "haproxy.cfg" : "standard input";
}

function yaml(value: unknown): string {
  return stringify(value, {
    lineWidth: 0,
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    blockQuote: "literal",
  });
}

/**
 * The diffs of all documents of a resource, those that are the same left out. What looks like a secret is masked before texts
 * are compared: in a hunk, a key may be without the line by which it is known.
 */
export function documentDiffs(
  type: string,
  before: Inputs | undefined,
  after: Inputs | undefined,
): DocumentDiff[] {
  const old = before === undefined ? new Map<string, string>() : documentsOf(type, before);
  const made = after === undefined ? new Map<string, string>() : documentsOf(type, after);
  return [...new Set([...made.keys(), ...old.keys()])].flatMap((title) => {
    const [from, to] = [old.get(title) ?? "", made.get(title) ?? ""].map(scrubPatterns);
    return from === to ? [] : [diffOf(title, from, to)];
  });
}

/** Lines around a change. */
const CONTEXT = 3;

function diffOf(title: string, before: string, after: string): DocumentDiff {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: of }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...of.filter((line) => !line.startsWith("\\")),
  ]);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { title, added: count("+"), removed: count("-"), patch: lines.join("\n") };
}
