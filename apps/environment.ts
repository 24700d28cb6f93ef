import { type ReadOptions, readEnvironmentFile as readFile } from "../environment/load/file";
import type { Environment } from "../environment/schema";
import { APPLICATIONS, type AppsSettings } from "./registry";

/** An environment with the settings of its applications. */
export type SiteEnvironment = Environment & { apps: AppsSettings };

/**
 * Reads Pulumi.<stack>.yaml without Pulumi, with every application of the registry (environment/load/file.ts).
 *
 * @throws EnvironmentError with all faults, also when the file is missing or is not YAML.
 */
export function readEnvironmentFile(stack: string, options: ReadOptions = {}): SiteEnvironment {
  return readFile(APPLICATIONS, stack, options);
}
