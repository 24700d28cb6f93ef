import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import type { Registry } from "../applications/registry";
import { EnvironmentError } from "../faults";
import type { Environment } from "../schema";
import { readImageLock } from "./imageLock";
import { parseEnvironment, type RawSite } from "./parse";
import { secretFaults } from "./secrets";

const NAMESPACE = "site:";

/** How to read an environment's file. */
export interface ReadOptions {
  /** Directory of the file. @default the working directory */
  directory?: string;
  /** Also report secrets that are missing or not encrypted. @default false */
  secrets?: boolean;
}

/**
 * Reads Pulumi.<stack>.yaml, and the lockfile beside it, without Pulumi, for everything that is no Pulumi program, such as the lab, operations and documents.
 *
 * @throws EnvironmentError with all faults, also when the file is missing or is not YAML.
 */
export function readEnvironmentFile<Apps extends object>(
  registry: Registry<Apps>,
  stack: string,
  options: ReadOptions = {},
): Environment & { apps: Apps } {
  const name = `Pulumi.${stack}.yaml`;
  const directory = options.directory ?? process.cwd();
  const config = readConfig(name, join(directory, name));
  const site: RawSite = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(NAMESPACE))
      .map(([key, value]) => [key.slice(NAMESPACE.length), value]),
  );
  const secrets = options.secrets
    ? secretFaults(registry, stack, site, (key) => stateOf(config[key]))
    : [];
  const { lock, faults } = readImageLock(stack, directory);
  return parseEnvironment(registry, stack, site, [...secrets, ...faults], lock);
}

function readConfig(name: string, path: string): Record<string, unknown> {
  try {
    const content = parse(readFileSync(path, "utf8")) as {
      config?: Record<string, unknown>;
    } | null;
    return content?.config ?? {};
  } catch (error) {
    throw new EnvironmentError(name, [
      {
        path: "(the file)",
        value: path,
        reason: `cannot be read: ${(error as Error).message}`,
        allowed: "a YAML file with a map named config",
      },
    ]);
  }
}

function stateOf(value: unknown): "missing" | "plain" | "encrypted" {
  if (value === undefined || value === null) {
    return "missing";
  }
  return typeof value === "object" && "secure" in value ? "encrypted" : "plain";
}
