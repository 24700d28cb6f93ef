import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import semver from "semver";

import { checkout } from "../lib/paths";

/** What of a resource is looked at, as a state or the engine has it. */
export interface Versioned {
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** A plugin that is older than the one that has written a state. */
export interface OlderPlugin {
  /** Such as `kubernetes`. */
  name: string;
  /** Version in the state. */
  recorded: string;
  /** Version that the programs of this checkout ask for. */
  asked: string;
}

/** Of resources that stand for a plugin, followed by its name. */
const PROVIDER = "pulumi:providers:";

/**
 * The plugins of this checkout that are older than those a state was written with, each once. The engine itself takes any: a plugin that
 * is older reads what a newer one has written as it can.
 *
 * @param resources - Of the state; providers have the versions of their plugins.
 * @param versionOf - Version of the plugin that the programs ask for. @default that of the installed npm package, which asks for it
 */
export function olderPlugins(
  resources: readonly Versioned[],
  versionOf: (name: string) => string | undefined = installedVersion,
): OlderPlugin[] {
  const newest = new Map<string, string>();
  for (const { type, inputs, outputs } of resources) {
    const recorded = inputs?.["version"] ?? outputs?.["version"];
    if (type.startsWith(PROVIDER) && typeof recorded === "string" && semver.valid(recorded)) {
      const name = type.slice(PROVIDER.length);
      const known = newest.get(name);
      newest.set(name, known !== undefined && semver.gt(known, recorded) ? known : recorded);
    }
  }
  return [...newest].flatMap(([name, recorded]) => {
    const asked = versionOf(name);
    return asked !== undefined && semver.valid(asked) && semver.lt(asked, recorded)
      ? [{ name, recorded, asked }]
      : [];
  });
}

/** One line for each, and what to do. */
export function describeOlderPlugins(older: readonly OlderPlugin[]): { why: string; next: string } {
  return {
    why: older
      .map(
        ({ name, recorded, asked }) =>
          `plugin ${name}: the state was written with ${recorded}, this checkout asks for ${asked}`,
      )
      .join("\n"),
    next: "use a checkout that is at least as new as the one that has written the state, with the packages of its lockfile (npm ci)",
  };
}

function installedVersion(name: string): string | undefined {
  const file = join(checkout, "node_modules", "@pulumi", name, "package.json");
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version
    : undefined;
}
