import type { Flow } from "../environment/flows";

const HEADER = ["from", "sources", "to", "destinations", "protocol", "ports", "reason"];

/** Flows as CSV (RFC 4180), one per line. Blanks separate several addresses or ports in one field. */
export function flowsCsv(flows: readonly Flow[]): string {
  const rows = flows.map(
    ({ from, to, fromAddresses, toAddresses, protocol, ports, reason }): string[] => [
      ...[from, fromAddresses.join(" ")],
      ...[to, toAddresses.join(" ")],
      ...[protocol, ports.join(" "), reason],
    ],
  );
  return [HEADER, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
