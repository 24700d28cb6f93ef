import { z } from "zod";

import type { Vulnerability } from "./vulnerability";

/** Where what npm knows is found. */
export const LOCKFILE = "package-lock.json";

const advisory = z.object({
  url: z.string(),
  title: z.string(),
  range: z.string().default(""),
});

/** What `npm audit --json` prints; with an error in it where the registry gave no answer. */
const report = z.union([
  z.object({
    auditReportVersion: z.literal(2),
    vulnerabilities: z.record(
      z.string(),
      z.object({ name: z.string(), via: z.array(z.union([z.string(), advisory])) }),
    ),
  }),
  z.object({ message: z.string() }),
]);

/** The vulnerabilities of the packages in the lockfile, or why they are unknown. */
export function npmVulnerabilities(text: string): Vulnerability[] | { unanswered: string } {
  const parsed = report.parse(JSON.parse(text));
  if ("message" in parsed) {
    return { unanswered: parsed.message };
  }
  return Object.values(parsed.vulnerabilities).flatMap(({ name, via }) =>
    via.flatMap((cause): Vulnerability[] =>
      // A name refers to another package of the list, which has its own entry.
      typeof cause === "string"
        ? []
        : [
            {
              id: cause.url.split("/").at(-1) ?? cause.url,
              component: name,
              version: cause.range,
              where: [LOCKFILE],
              summary: cause.title,
            },
          ],
    ),
  );
}
