import { readEnvironmentFile } from "../../apps/environment";
import { hostsOf } from "../../environment/applications/exposed";
import type { Apps } from "../../environment/contracts";
import { entryAddress } from "../../environment/loadBalancers";
import { caFile, openPages } from "../../lab/browser/browser";
import { indent } from "../../lib/bash";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { Engine } from "../engine/engine";
import { readStackFile } from "../engine/stackFile";
import { selectProjects } from "../engine/stacks";

/**
 * Lets a browser on the lab's machine open the site's pages by name and trust them; `make down` takes it back.
 *
 * @throws OperatorError for an environment without a lab, whose names are the site's own DNS', and while there are no pages.
 */
export async function open(stack: string): Promise<void> {
  const site = readEnvironmentFile(stack, { directory: checkout });
  const names = hostsOf(site).map(({ host }) => host.name);
  const address = entryAddress(site.loadBalancer);
  if (readStackFile(stack).labPassphrase === undefined) {
    throw new OperatorError({
      what: "make open is for the embedded lab.",
      where: `environment ${stack}`,
      next: `let the site's DNS lead these names to ${address}:\n${names.join("\n")}`,
    });
  }
  const outputs = await new Engine(stack).outputs(selectProjects("apps")[0]);
  const ca = (outputs?.apps as Partial<Apps> | undefined)?.ingressCaCertificate;
  if (ca === undefined) {
    throw new OperatorError({
      what: "There are no pages yet: the stack apps is not up, or its environment has no apps.ingress.",
      where: `stack ${stack} of project apps`,
      next: `make up ENV=${stack}`,
    });
  }
  const isTrusted = await openPages({ stack, address, names, ca });
  console.log(invitation({ stack, address, names, isTrusted }));
}

/** What an operator does next. */
export function invitation({
  stack,
  address,
  names,
  isTrusted,
}: {
  stack: string;
  address: string;
  names: readonly string[];
  /** Whether the browser of this machine trusts the site's CA. */
  isTrusted: boolean;
}): string {
  const trust = isTrusted
    ? "Chromium and its like trust the site's CA from their next start on."
    : "No browser trusts the site's CA yet: apt-get install libnss3-tools, then the same command again.";
  return [
    "In a browser on this machine:",
    indent(names.map((name) => `https://${name}/`).join("\n")),
    `${trust} Firefox: import ${caFile} as an authority for websites.`,
    "",
    "In a browser on another machine: there, as root, run",
    indent(`ssh -N -L 443:${address}:443 <this machine>`),
    `write 127.0.0.1 with the same names into its hosts file, and import ${caFile} from here.`,
    "",
    `Passwords: make credentials ENV=${stack}. make down takes the names and the CA back.`,
  ].join("\n");
}
