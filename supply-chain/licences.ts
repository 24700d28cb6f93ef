import satisfies from "spdx-satisfies";
import { z } from "zod";

import type { Component } from "./component";

/** Which licences are allowed, and what no program can tell: `licences.yaml`. */
export const licencePolicy = z.strictObject({
  /** SPDX identifiers. An expression with OR needs one allowed alternative, one with AND needs all parts allowed. */
  allowed: z.array(z.string()).min(1),
  /** Components whose licence is not recognised, or is not allowed and accepted all the same. */
  named: z.array(
    z.strictObject({
      /** Names of the components, in any version. */
      names: z.array(z.string()).min(1),
      /** What it is: an SPDX expression, or any other name. */
      licence: z.string(),
      /** Where that stands, and why it is accepted if it is not allowed in general. */
      reason: z.string().min(20),
    }),
  ),
});
export type LicencePolicy = z.output<typeof licencePolicy>;

/** The same components with the licences that the policy names. */
export function withNamedLicences(
  components: readonly Component[],
  { named }: LicencePolicy,
): Component[] {
  return components.map((component) => ({
    ...component,
    licence:
      named.find(({ names }) => names.includes(component.name))?.licence ?? component.licence,
  }));
}

/** What is wrong with the licences; one line for each component, and for each name that names nothing any more. */
export function licenceFaults(components: readonly Component[], policy: LicencePolicy): string[] {
  const named = policy.named.flatMap(({ names }) => names);
  const present = new Set(components.map(({ name }) => name));
  return [
    ...components
      .filter(({ name, finished }) => !finished && !named.includes(name))
      .flatMap(({ name, version, licence }) =>
        licence === undefined
          ? [`${name} ${version} has no licence that is recognised`]
          : isAllowed(licence, policy.allowed)
            ? []
            : [`${name} ${version} is under ${licence}, which is not allowed`],
      ),
    ...named
      .filter((name) => !present.has(name))
      .map((name) => `${name} is named in the policy and is no component any more`),
  ];
}

function isAllowed(licence: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(licence, allowed);
  } catch {
    // No SPDX expression.
    return false;
  }
}

/** How many components are under each licence, the most frequent first; those of finished programs are not asked. */
export function licenceTable(components: readonly Component[]): string {
  const counts = new Map<string, number>();
  for (const { licence = "not known", finished } of components) {
    const name = finished ? "(in a finished program)" : licence;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .map(([name, count]) => `${String(count).padStart(6)}  ${name}`)
    .join("\n");
}
