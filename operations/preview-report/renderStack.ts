import type { Block } from "./fit";
import { code, fenced, folded, foldedHalves, head, row } from "./markdown";
import type { Change, DocumentDiff, Operation, StackChanges } from "./model";
import { INDIRECT } from "./previewedStack";
import { RANK } from "./ranks";

/** A stack of an environment, and what is said to change in it. */
export interface Section {
  environment: string;
  changes: StackChanges;
}

/** What becomes of a resource, in a word. */
export const PAST: Record<Operation, string> = {
  replace: "replaced",
  delete: "deleted",
  update: "changed",
  create: "new",
};

/** Whether something is destroyed. */
export function isLoud({ operation }: Pick<Change, "operation">): boolean {
  return operation === "replace" || operation === "delete";
}

/** Table and diffs of what changes in a stack, but for the rows of what is replaced or deleted: those stand at the top. */
export function stackBlocks({ environment, changes: { stack, changes } }: Section): Block[] {
  const stackName = `${environment} ${stack}`;
  const rest = changes.filter((change) => !isLoud(change));
  const [indirect, own] = [rest.filter(isIndirect), rest.filter((one) => !isIndirect(one))];
  const diffs = diffBlocks(changes);
  if (rest.length === 0 && diffs.length === 0) {
    return [];
  }
  return [
    { what: "titles", rank: RANK.changes, open: `#### ${code(stackName)}` },
    ...(own.length === 0
      ? []
      : [{ what: "rows of changes", rank: RANK.changes, open: TITLES, lines: own.map(changeRow) }]),
    ...(indirect.length === 0 ? [] : [indirectBlock(stackName, indirect)]),
    ...diffs,
  ];
}

const TITLES = head("", "resource", "type", "why");

function changeRow(change: Change): string {
  return row(...cells(change));
}

function isIndirect({ operation, reasons }: Change): boolean {
  return operation === "update" && reasons.length === 1 && reasons[0] === INDIRECT;
}

/** Where a kubeconfig may change, every object it leads to may: the one reason for many rows. */
function indirectBlock(stackName: string, changes: readonly Change[]): Block {
  const { open, close } = foldedHalves(
    `Perhaps changed of ${stackName}: ${changes.length}, whose own inputs are the same, but what they read of others is not known yet`,
  );
  return {
    what: "rows of what perhaps changes",
    rank: RANK.other,
    open: `${open}\n\n${TITLES}`,
    lines: changes.map(changeRow),
    close: `\n${close}`,
  };
}

/** Reasons shown of one change in a table; all are in its diff. */
const REASONS = 6;

/** A change in the cells of a table: what becomes of it, name, type, reasons. */
export function cells({ operation, name, type, reasons }: Change): string[] {
  const shown = reasons.slice(0, REASONS).map((one) => code(one));
  const rest = reasons.length - shown.length;
  const word = isLoud({ operation }) ? "**" : "";
  return [
    `${word}${PAST[operation]}${word}`,
    code(name),
    code(type.split(":").at(-1) ?? type),
    [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(", "),
  ];
}

/** Names in the summary of a diff that is the same for many. */
const NAMES = 4;

/** The diffs of a stack. One that is the same for many resources is in it once. */
function diffBlocks(changes: readonly Change[]): Block[] {
  const groups = new Map<string, { of: DocumentDiff; rank: number; names: string[] }>();
  for (const { name, type, operation, documents } of changes) {
    for (const of of documents) {
      const key = `${operation} ${of.title}\n${of.patch}`;
      const group = groups.get(key) ?? { of, rank: rankOf(operation, type, of.title), names: [] };
      group.names.push(name);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .sort((one, other) => one.rank - other.rank)
    .map(({ of: { title, added, removed, patch }, rank, names }) => {
      const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : "";
      const whose = `${names.slice(0, NAMES).join(", ")}${more}`;
      const summary = `${title} of ${whose} (+${added} −${removed})`;
      return { what: "diffs", rank, open: folded(summary, fenced("diff", patch)) };
    });
}

function rankOf(operation: Operation, type: string, title: string): number {
  if (title === "kubeadm config" || title === "haproxy.cfg") {
    return RANK.files;
  }
  if (operation === "create") {
    return RANK.created;
  }
  return type.startsWith("kubernetes:") ? RANK.manifests : RANK.other;
}
