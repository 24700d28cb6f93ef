import { hostsOf } from "../../environment/applications/exposed";
import type { Environment } from "../../environment/schema";
import { table } from "../../lib/table";

/**
 * What an operator does next with a site that is up: where its pages are, and the commands for passwords, kubectl, the dashboard and
 * the site's health. It is made of the environment alone, so it costs no time.
 */
export function upSummary(
  site: Pick<Environment, "applications" | "stack">,
  { hasLab }: { hasLab: boolean },
): string {
  const pages = hostsOf(site).map(({ host }) => `https://${host.name}/`);
  const env = `ENV=${site.stack}`;
  const has = (name: string) => site.applications.some((one) => one.name === name);
  const [first, ...rest] = [
    ...pages.map((url, index) => [index === 0 ? "pages" : "", url]),
    ...(pages.length === 0
      ? []
      : [
          ...(hasLab ? [["browser", `make open ${env} lets one on this machine reach them`]] : []),
          ["passwords", `make credentials ${env}`],
        ]),
    ...(has("dashboard") ? [["dashboard", `make dashboard ${env} prints a token for it`]] : []),
    ["kubectl", `make kubeconfig ${env}; eval "$(make -s env ${env})" puts kubectl on the PATH`],
    ["health", `make status ${env}`],
  ];
  return table(first, rest);
}
