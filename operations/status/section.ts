/** A part of what `make status` prints. */
export interface Section {
  /** A table. */
  text: string;
  /** What is not as it should be; the command then ends with exit code 1. */
  missing: string[];
  /** What an operator should know, and is no fault yet. */
  warnings: string[];
}

/** Renders lines under a heading; nothing when there are none. */
export function listing(heading: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ""
    : `\n${heading}:\n${lines.map((line) => `  - ${line}`).join("\n")}`;
}
