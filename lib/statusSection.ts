/** A part of what `make status` prints. */
export interface Section {
  /** A table. */
  text: string;
  /** What is not as it should be; the command then ends with exit code 1. */
  missing: string[];
  /** What an operator should know, and is no fault yet. */
  warnings: string[];
}

/** Milliseconds: a certificate that ends sooner is a fault. The site's own are renewed by `make up` in their last 30 days. */
export const EXPIRES_SOON = 14 * 86_400_000;

/** Renders lines under a heading; nothing when there are none. */
export function listing(heading: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ""
    : `\n${heading}:\n${lines.map((line) => `  - ${line}`).join("\n")}`;
}
