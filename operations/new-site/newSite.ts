import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { pathText } from "../../environment/faults";
import type { RawSite } from "../../environment/load/parse";
import { dnsLabel } from "../../environment/schema/fields";
import { writeAtomically } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { hasTerminal, onTerminal } from "../../lib/terminal/dialog";
import { isObject } from "../../lib/values";
import { askForSite } from "./dialog";
import { environmentFile, newSite, siteFaults } from "./environmentFile";
import { factNames, facts, usualFact } from "./facts";

/**
 * Writes the environment file of a new site from the few facts that only its owner knows. On a terminal it asks for them, and asks
 * again until they make a valid site.
 *
 * @param name - Of the environment: `make up ENV=<name>`.
 * @param from - Path of a YAML file with the facts by name, for use without a terminal. @default asks
 * @throws OperatorError when the name is no DNS label or taken, or the facts of a file make no valid site. Nothing is written then.
 */
export async function createSite(
  name: string | undefined,
  from: string | undefined,
  directory = checkout,
): Promise<void> {
  const checked = dnsLabel.safeParse(name);
  if (!checked.success) {
    throw new OperatorError({
      what: name === undefined ? "No name was given." : `"${name}" cannot be the name of a site.`,
      ...(name === undefined ? {} : { why: `it is not ${checked.error.issues[0].message}` }),
      next: "make new-site NAME=tst",
    });
  }
  const file = `Pulumi.${checked.data}.yaml`;
  const path = join(directory, file);
  if (existsSync(path)) {
    throw new OperatorError({
      what: `There is a site ${checked.data} already.`,
      where: path,
      next: "take another NAME, or edit that file",
    });
  }
  const site =
    from !== undefined ? siteOfFile(checked.data, from) : await askOnTerminal(checked.data);
  writeAtomically(path, environmentFile(checked.data, site), 0o644);
  console.log(`Written: ${file}. Read it; docs/new-site.md says what has to be there before the first up. Next:
  make preview ENV=${checked.data}      everything that would be created; it needs neither the site nor a password
  make access ENV=${checked.data}       the accounts in the vCenter and their rights
  make flows ENV=${checked.data}        what a firewall has to let through
Then docs/new-site.md, step 6: passphrase, passwords, make preflight.`);
}

function siteOfFile(name: string, path: string): RawSite {
  const given = readFacts(path);
  const complete = Object.fromEntries(
    factNames.map((fact) => [fact, given[fact] ?? usualFact(name, fact, given)]),
  );
  const { data, error } = facts.safeParse({ ...given, ...complete });
  const site = data && newSite(name, data);
  const faults = site
    ? siteFaults(name, site)
    : error!.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`);
  if (!site || faults.length > 0) {
    throw new OperatorError({
      what: `These facts make no valid site. Nothing was written.`,
      where: path,
      why: faults.join("\n"),
      next: `mend them and run the command again; the facts are ${factNames.join(", ")}`,
    });
  }
  return site;
}

function readFacts(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OperatorError({
      what: "The file with the facts cannot be read.",
      where: path,
      why: (error as Error).message,
      next: "FROM names a YAML file: domain: coolcorp.priv and so on",
    });
  }
  return isObject(content) ? content : {};
}

async function askOnTerminal(name: string): Promise<RawSite> {
  if (!hasTerminal()) {
    throw new OperatorError({
      what: "There is no terminal to ask on. Nothing was written.",
      next: `make new-site NAME=${name} FROM=facts.yaml: a YAML file with ${factNames.join(", ")}`,
    });
  }
  return onTerminal((dialog) => askForSite(name, dialog), {
    what: "Not all questions were answered. Nothing was written.",
    next: `make new-site NAME=${name}`,
  });
}
