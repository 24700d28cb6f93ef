import { z } from "zod";

import type { Vulnerability } from "./vulnerability";

/** What `govulncheck -mode binary -format json` prints of one program: a stream of messages, of which these are looked at. */
const message = z.object({
  osv: z.object({ id: z.string(), summary: z.string().default("") }).optional(),
  finding: z
    .object({
      osv: z.string(),
      fixed_version: z.string().optional(),
      trace: z
        .array(
          z.object({
            module: z.string(),
            version: z.string().default(""),
            function: z.string().optional(),
          }),
        )
        .min(1),
    })
    .optional(),
});

/**
 * The vulnerabilities whose functions are in a program. One of a module whose functions the linker left out is none.
 * @param stream - What govulncheck printed.
 */
export function vulnerabilitiesOf(program: string, stream: string): Vulnerability[] {
  const messages = objectsIn(stream).map((one) => message.parse(one));
  const summaries = new Map(messages.flatMap(({ osv }) => (osv ? [[osv.id, osv.summary]] : [])));
  const found = new Map<string, Vulnerability>();
  for (const { finding } of messages) {
    const [frame] = finding?.trace ?? [];
    if (finding === undefined || frame?.function === undefined) {
      continue;
    }
    found.set(`${finding.osv} ${frame.module}`, {
      id: finding.osv,
      component: frame.module,
      version: frame.version,
      where: [program],
      summary: summaries.get(finding.osv) ?? "",
      fixed: finding.fixed_version,
    });
  }
  return [...found.values()];
}

/** Objects that follow each other, each beginning and ending at a line's first character. */
function objectsIn(stream: string): unknown[] {
  return stream
    .split(/^(?=\{)/m)
    .filter((text) => text.trim() !== "")
    .map((text) => JSON.parse(text) as unknown);
}

/** The same vulnerability in several programs as one. */
export function merged(all: readonly Vulnerability[]): Vulnerability[] {
  const found = new Map<string, Vulnerability>();
  for (const one of all) {
    const key = `${one.id} ${one.component} ${one.version}`;
    const earlier = found.get(key);
    found.set(key, { ...one, where: [...(earlier?.where ?? []), ...one.where] });
  }
  return [...found.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
