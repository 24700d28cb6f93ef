import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { checkout } from "../lib/paths";

const DOCUMENT = "docs/architecture.md";

/** The text between these lines of the document is drawn from the import graph. */
const PICTURE = /(?<=<!-- rooms -->\n)[^]*(?=<!-- \/rooms -->)/;

/** The rooms and the arrows between them. Tests are no room: they import from all. */
async function drawRooms(graph: string): Promise<string> {
  const args = ["--output-type", "mermaid", "--collapse", "^[^/]+", "--exclude", "^tests/"];
  const { stdout } = await execa("npx", ["--no-install", "depcruise-fmt", ...args, graph], {
    cwd: checkout,
  });
  // Sort the arrows: another order of the imports is no change of the picture.
  const lines = stdout.trim().split("\n");
  const isArrow = (line: string): boolean => line.includes("-->");
  const picture = [...lines.filter((line) => !isArrow(line)), ...lines.filter(isArrow).sort()];
  return `\`\`\`mermaid\n${picture.join("\n")}\n\`\`\`\n`;
}

/** Checks that the picture in docs/architecture.md is that of the imports; `--write` draws it again. */
async function main(graph: string, write: boolean): Promise<void> {
  const path = join(checkout, DOCUMENT);
  const before = readFileSync(path, "utf8");
  const rooms = await drawRooms(graph);
  const after = before.replace(PICTURE, () => rooms);
  if (write) {
    writeFileSync(path, after);
  } else if (after !== before) {
    throw new OperatorError({
      what: "The picture of the rooms is not that of the imports.",
      where: DOCUMENT,
      next: "make architecture",
    });
  }
}

exitWith(main(process.argv[2], process.argv[3] === "--write"));
