import { readEnvironmentFile } from "../../apps/environment";
import { pinnedIn } from "../../environment/releases/components";
import { componentsOf } from "../../environment/releases/differences";
import type { Environment } from "../../environment/schema";
import { checkout } from "../../lib/paths";
import { table } from "../../lib/table";

/** Prints every component of an environment with its version, the key that pins it, and the end of its life. Reads the file alone. */
export function printVersions(environment: string): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  process.stdout.write(versionsTable(site, new Date()));
}

/**
 * One row for each component that the environment pins. The end of life is that of the table's release: of another one nothing is known.
 * @param today - Tells lines that have ended.
 */
export function versionsTable(site: Environment, today: Date): string {
  const rows = componentsOf(site.stack).flatMap((component) => {
    const { name, key, version, endOfLife } = component;
    const pinned = pinnedIn(site, component);
    if (pinned === undefined) {
      return [];
    }
    const { day, source } =
      pinned === version
        ? endOfLife
        : {
            day: "unknown",
            source: `not the release of environment/releases/components.ts, ${version}`,
          };
    const ended = Date.parse(day) < today.getTime();
    return [[name, pinned, key, ended ? `${day}: ENDED` : day, source]];
  });
  return `${table(["COMPONENT", "VERSION", `KEY IN Pulumi.${site.stack}.yaml`, "END OF LIFE", "SAID BY"], rows)}\n`;
}
