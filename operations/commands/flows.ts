import { exportsOf } from "../../environment/exports";
import { flowsOf } from "../../environment/flows";
import { readEnvironmentFile } from "../../apps/environment";
import type { Environment } from "../../environment/schema";
import { flowsCsv } from "../../flows/csv";
import { exportsMarkdown, flowsMarkdown } from "../../flows/markdown";
import { flowsNftables } from "../../flows/nftables";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";

const formats: Record<string, (site: Environment) => string> = {
  markdown: (site) => flowsMarkdown(flowsOf(site)) + exportsMarkdown(exportsOf(site)),
  csv: (site) => flowsCsv(flowsOf(site)),
  nftables: flowsNftables,
};

/**
 * Prints what the firewall between the zones has to let through. Reads the environment's file and nothing else.
 * @throws OperatorError when there is no such format.
 */
export function printFlows(environment: string, format = "markdown"): void {
  const render = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (render === undefined) {
    throw new OperatorError({
      what: `There is no format "${format}".`,
      next: `use one of ${Object.keys(formats).join(", ")}: make flows ENV=${environment} FORMAT=csv`,
    });
  }
  process.stdout.write(render(readEnvironmentFile(environment, { directory: checkout })));
}
