/** Text as code in a line of GitHub's Markdown, also in a table's cell: nothing in it is markup, a mention or a link. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") {
    return "";
  }
  const fence = "`".repeat(longestRun(line) + 1);
  const gap = line.startsWith("`") || line.endsWith("`") ? " " : "";
  // A bar ends a cell even within code.
  return `${fence}${gap}${line.replaceAll("|", "\\|")}${gap}${fence}`;
}

/** Lines as a block of code that nothing within can end. */
export function fenced(language: string, text: string): string {
  const { open, close } = fencedHalves(language, text);
  return [open, text, close].join("\n");
}

/** What stands before and behind the lines of such a block. */
export function fencedHalves(language: string, text: string): { open: string; close: string } {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return { open: `${fence}${language}`, close: fence };
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** A part that is folded until the reader opens it. */
export function folded(summary: string, content: string): string {
  const { open, close } = foldedHalves(summary);
  return [open, content, close].join("\n\n");
}

/** What stands before and behind its content, each with an empty line between. The summary is HTML: Markdown says nothing in it. */
export function foldedHalves(summary: string): { open: string; close: string } {
  return { open: `<details><summary>${html(summary)}</summary>`, close: "</details>" };
}

/** Neither markup nor a mention. */
function html(text: string): string {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;" };
  return text.replace(/[&<>@]/g, (sign) => entities[sign as keyof typeof entities]);
}

/** A row of a table, of cells that are Markdown already. */
export function row(...cells: string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** The two lines that a table begins with. */
export function head(...titles: string[]): string {
  return `${row(...titles)}\n${row(...titles.map(() => "---"))}`;
}
