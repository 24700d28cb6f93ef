import type { z } from "zod";

import { isObject, valueAt } from "../../lib/values";
import { applicationsOf, ownFaults, type Registry } from "../applications/registry";
import { crossFieldFaults } from "../checks";
import { EnvironmentError, type Fault, pathText } from "../faults";
import type { ImageLock } from "../images/lock";
import { placeholderFaults } from "../placeholders";
import type { Environment } from "../schema";
import { dnsName } from "../schema/fields";
import { unknownKeyFault, unknownKeys, without } from "./unknownKeys";

/** Content of the namespace `site:`, before any check. */
export type RawSite = Record<string, unknown>;

/**
 * Turns raw configuration into an environment: defaults first, then every check. Faults of the shape and faults that
 * span several keys are reported together; a cross-field check is left out only where a section it needs is unreadable.
 *
 * @param registry - The applications there are.
 * @param stack - Name of the stack, `dev` or `prd`; names the file in the message.
 * @param site - The keys of the namespace `site:`, without the namespace.
 * @param more - Faults found elsewhere, such as a missing secret, to report with the others.
 * @param imageLock - The digests of its lockfile. @default none
 * @throws EnvironmentError with all faults.
 */
export function parseEnvironment<Apps extends object>(
  registry: Registry<Apps>,
  stack: string,
  site: RawSite,
  more: readonly Fault[] = [],
  imageLock: ImageLock = {},
): Environment & { apps: Apps } {
  const raw = withDerivedDefaults({ ...site, stack });
  const unknown = unknownKeys(raw, registry.schema);
  const known = without(raw, unknown);
  const result = registry.schema.safeParse(known);
  const shape = result.success ? [] : shapeFaults(result.error.issues, known);
  const { apps, ...sections } = readableSections(registry, known);
  const faults = [
    ...unknown.map(unknownKeyFault),
    ...shape,
    ...crossFieldFaults(
      apps === undefined ? sections : { ...sections, applications: applicationsOf(registry, apps) },
    ),
    ...(apps === undefined ? [] : ownFaults(registry, apps)),
    ...placeholderFaults(site, sections.placeholders ?? []),
    ...more,
  ];
  if (faults.length > 0 || !result.success) {
    throw new EnvironmentError(`Pulumi.${stack}.yaml`, faults);
  }
  return { ...result.data, applications: applicationsOf(registry, result.data.apps), imageLock };
}

/** Defaults that depend on another key, which zod cannot express. A faulty domain is reported once, not here again. */
function withDerivedDefaults(raw: RawSite): RawSite {
  const { kubernetes, domain } = raw;
  const base = dnsName.safeParse(domain).success ? domain : "invalid";
  return isObject(kubernetes)
    ? { ...raw, kubernetes: { apiName: `kube.${base}`, ...kubernetes } }
    : raw;
}

/** The sections without faults of their own. */
function readableSections<Apps>(
  { schema }: Registry<Apps>,
  raw: RawSite,
): Partial<Environment & { apps: Apps }> {
  const sections = Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(
    ([name, section]) => {
      const result = section.safeParse(raw[name]);
      return result.success ? [[name, result.data]] : [];
    },
  );
  return Object.fromEntries(sections) as Partial<Environment & { apps: Apps }>;
}

/** Keeps one fault for a value of the wrong type: zod also checks, for example, whether an empty list is a text that is not empty. */
function shapeFaults(issues: readonly z.core.$ZodIssue[], raw: unknown): Fault[] {
  const ofAnotherType = new Set(
    issues.filter(({ code }) => code === "invalid_type").map(({ path }) => pathText(path)),
  );
  return issues
    .filter(({ code, path }) => code === "invalid_type" || !ofAnotherType.has(pathText(path)))
    .map((issue) => faultOf(issue, raw));
}

function faultOf(issue: z.core.$ZodIssue, raw: unknown): Fault {
  const value = valueAt(raw, issue.path);
  return {
    path: pathText(issue.path),
    value,
    reason: value === undefined ? "is missing" : "has the wrong form",
    allowed: allowedBy(issue),
  };
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(", ");
    case "invalid_type":
      return typeNames[issue.expected] ?? issue.message;
    case "invalid_key":
      return issue.issues.map((inner) => inner.message).join("; ");
    case "invalid_union":
      return "options" in issue && issue.options !== undefined
        ? issue.options.map((option) => JSON.stringify(option)).join(", ")
        : issue.message;
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "not_multiple_of":
    case "too_big":
    case "too_small":
    case "unrecognized_keys":
      return issue.message;
    default: {
      const never: never = issue;
      return never;
    }
  }
}

const typeNames: Record<string, string> = {
  string: "text, quoted where YAML would read a number or true and false",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys and values",
  record: "a map of keys and values",
};
