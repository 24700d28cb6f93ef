/** One part of the lab and how it stands. */
export interface Part {
  name: string;
  ok: boolean;
  text: string;
}

/** Renders the parts as a table. */
export function renderParts(parts: Part[]): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return parts
    .map(({ name, ok, text }) => `${ok ? "ok " : "-- "} ${name.padEnd(width)}  ${text}`)
    .join("\n");
}
