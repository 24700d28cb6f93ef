import { type Block, fit } from "./fit";
import type { EnvironmentReport } from "./model";
import { RANK } from "./ranks";
import { reportBlocks } from "./render";
import { countMasked, scrub } from "./scrub";

/** Characters that GitHub takes for a comment are 65,536; some are left for what posts it to add. */
export const COMMENT_LIMIT = 64_000;

/** GitHub takes 1 MiB for the summary of a step; a character has up to four bytes, and few here have more than one. */
const REPORT_LIMIT = 900_000;

/**
 * The report in its two lengths. Every part of it goes through the search for secrets, whatever it was made of.
 * @param secrets - Values that are known to be secret.
 */
export function writeReport(
  reports: readonly EnvironmentReport[],
  secrets: readonly string[] = [],
): { comment: string; report: string } {
  const clean = (text: string) => scrub(text, secrets);
  const blocks = reportBlocks(reports).map(({ open, lines, close, ...rest }) => ({
    ...rest,
    open: clean(open),
    // As one text: a private key has many lines.
    lines: lines && clean(lines.join("\n")).split("\n"),
    close,
  }));
  const [title, ...others] = blocks;
  const all = [title, ...leaks(blocks), ...others];
  return { comment: fit(all, COMMENT_LIMIT), report: fit(all, REPORT_LIMIT) };
}

function leaks(blocks: readonly Block[]): Block[] {
  const count = blocks.reduce(
    (sum, { open, lines = [] }) => sum + countMasked([open, ...lines].join("\n")),
    0,
  );
  const open = `> [!CAUTION]\n> **${count} values that look like secrets were masked in this report.** Something holds a secret in clear: find it by where the mask stands, and make it a secret.`;
  return count === 0 ? [] : [{ what: "titles", rank: RANK.head, open }];
}
