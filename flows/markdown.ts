import type { Export } from "../environment/exports";
import type { Flow } from "../environment/flows";

/** A table in Markdown. */
export function markdownTable(header: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |\n`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("");
}

/** Flows as a table in Markdown, one per line. */
export function flowsMarkdown(flows: readonly Flow[]): string {
  if (flows.length === 0) {
    return "No zone of this site is separate from the others: there is no flow to open.\n";
  }
  return markdownTable(
    ["from", "sources", "to", "destinations", "ports", "for what"],
    flows.map(({ from, to, fromAddresses, toAddresses, protocol, ports, reason }) => [
      ...[from, fromAddresses.join(" ")],
      ...[to, toAddresses.join(" ")],
      ...[`${protocol} ${ports.join(", ")}`, reason],
    ]),
  );
}

/** Exports of file servers with their clients as a table in Markdown, one per line; nothing where there are none. */
export function exportsMarkdown(exports: readonly Export[]): string {
  return exports.length === 0
    ? ""
    : `\n${markdownTable(
        ["export", "its only clients", "addresses", "for what"],
        exports.map(({ server, path, keys, clients }) => [
          `${server}:${path}`,
          clients.map(({ name }) => name).join(" "),
          clients.map(({ address }) => address).join(" "),
          keys.join(", "),
        ]),
      )}`;
}

/** Escapes a text of the environment: it may have characters that end a cell or begin a tag. */
function cell(text: string): string {
  return text
    .replaceAll(/[\\|]/g, "\\$&")
    .replaceAll("<", "&lt;")
    .replaceAll(/\s*\n\s*/g, " ");
}
