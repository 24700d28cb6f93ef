/** A part of a report that is in it whole, by its first lines, or not at all. */
export interface Block {
  /** What is missing where it is left out, in the plural: "diffs", "rows of changes". */
  what: string;
  /** The lowest is the last to be left out. */
  rank: number;
  open: string;
  /** What may be cut; the end is missed first. @default none, and the block is whole or absent */
  lines?: readonly string[];
  /** @default empty */
  close?: string;
}

/** Characters kept for saying what was left out. */
const NOTICE = 1500;

/**
 * The blocks as one text of at most `limit` characters. Where they are more, what matters least is left out, and a notice behind
 * the first block says how much of what. No block is ever cut so that what follows would be inside it.
 */
export function fit(blocks: readonly Block[], limit: number): string {
  const whole = join(blocks.map((block) => text(block)));
  if (whole.length <= limit) {
    return whole;
  }
  let budget = limit - NOTICE;
  const kept = new Map<Block, string>();
  const missing = new Map<string, number>();
  for (const block of [...blocks].sort((one, other) => one.rank - other.rank)) {
    const { shown, left } = shorten(block, budget - SEPARATOR.length);
    if (shown !== undefined) {
      kept.set(block, shown);
      budget -= shown.length + SEPARATOR.length;
    }
    if (left > 0) {
      missing.set(block.what, (missing.get(block.what) ?? 0) + left);
    }
  }
  const [first, ...rest] = blocks.flatMap((block) => kept.get(block) ?? []);
  return join([first, notice(missing, whole.length), ...rest]);
}

const SEPARATOR = "\n\n";

function join(parts: readonly string[]): string {
  return `${parts.join(SEPARATOR)}\n`;
}

function text({ open, lines = [], close = "" }: Block, more = ""): string {
  return [open, ...lines, more, close].filter((part) => part !== "").join("\n");
}

/** As much of a block as fits, and how much is left: lines of one that is shown in part, else one for the whole. */
function shorten(block: Block, budget: number): { shown?: string; left: number } {
  const { lines = [] } = block;
  const whole = text(block);
  if (whole.length <= budget) {
    return { shown: whole, left: 0 };
  }
  let room = budget - text({ ...block, lines: [] }, more(lines.length)).length - 1;
  const count = lines.findIndex((line) => (room -= line.length + 1) < 0);
  if (count < 1) {
    return { left: Math.max(1, lines.length) };
  }
  const left = lines.length - count;
  return { shown: text({ ...block, lines: lines.slice(0, count) }, more(left)), left };
}

function more(left: number): string {
  return `… and ${left} more: cut`;
}

function notice(missing: ReadonlyMap<string, number>, length: number): string {
  const parts = [...missing].map(([what, count]) => `${count} ${what}`).join(", ");
  return [
    "> [!WARNING]",
    `> **This report is cut.** It has ${length} characters, more than a comment can hold. Left out: ${parts}.`,
    "> The whole is `report.md`, beside this file; on GitHub in the summary of the run and in its artifact `preview-report`.",
  ].join("\n");
}
