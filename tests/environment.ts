import { readEnvironmentFile as readFile, type SiteEnvironment } from "../apps/environment";
import { APPLICATIONS, type AppsSettings } from "../apps/registry";
import { applicationsOf } from "../environment/applications/registry";
import type { Fault } from "../environment/faults";
import type { ReadOptions } from "../environment/load/file";
import { parseEnvironment as parse, type RawSite } from "../environment/load/parse";

/** An environment with every application, as the committed ones are. */
export type WholeSite = SiteEnvironment & {
  apps: Required<AppsSettings> & { consul: { uiHost: string } };
};

/** Reads Pulumi.<stack>.yaml of an environment with every application. */
export function readEnvironmentFile(stack: string, options?: ReadOptions): WholeSite {
  return readFile(stack, options) as WholeSite;
}

/** Parses the content of the namespace `site:` of an environment with every application. */
export function parseEnvironment(
  stack: string,
  site: RawSite,
  more: readonly Fault[] = [],
): WholeSite {
  return parse(APPLICATIONS, stack, site, more) as WholeSite;
}

/** The same site with other settings of its applications. */
export function withApps<Site extends SiteEnvironment>(site: Site, apps: Partial<AppsSettings>) {
  const changed = { ...site.apps, ...apps };
  return { ...site, apps: changed, applications: applicationsOf(APPLICATIONS, changed) };
}
