import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { isMap, isPair, isScalar, parse, parseDocument, stringify } from "yaml";

import { writeAtomically } from "../../../lib/files";
import { OperatorError } from "../../../lib/operatorError";
import { checkout } from "../../../lib/paths";
import { type Dialog, hasTerminal, onTerminal } from "../../../lib/terminal/dialog";
import {
  backendFault,
  backendInFile,
  backendVariables,
  chosenBackend,
  LOCAL,
  localBackend,
} from "./backendUrl";
import { Engine, engineVariables } from "../engine";
import { former } from "../formerStack";
import { readStackFile } from "../stackFile";
import { backendName, stackProjects } from "../stacks";

/** The key of an environment's file that says where its state lives. */
const KEY = "state:backend";

/**
 * Makes sure that it is said where the state of an environment lives, before anything is written there: a state that came
 * into a folder of one machine by default is not found by the rest of the team. Asks on a terminal, and notes the answer in the
 * environment's file, where the others find it. The lab, and an environment whose state is in this machine's folder already, need no
 * answer.
 *
 * @throws OperatorError when there is no terminal, no answer, or the backend does not answer. Nothing is written then.
 */
export async function chooseBackend(environment: string): Promise<void> {
  const chosen = chosenBackend(environment);
  if (chosen !== undefined || hasLocalState(environment)) {
    warnOfAnother(environment, chosen);
    return;
  }
  const file = `Pulumi.${environment}.yaml`;
  const next =
    `name its backend: PULUMI_BACKEND_URL=<URL>, or under config: of ${file}\n` +
    `  ${KEY}: <URL>    such as s3://bucket?region=eu-central-1 or postgres://user@host/database\n` +
    `  ${KEY}: ${LOCAL}    a folder of this account on this machine, ${localFolder()}`;
  if (!hasTerminal()) {
    throw new OperatorError({
      what: `Where the state of ${environment} lives has not been said, and there is no terminal to ask on. Nothing was changed.`,
      where: file,
      why: `no stack of ${environment} is on this machine; a site that is up already has its state elsewhere`,
      next,
    });
  }
  const answer = await onTerminal(
    (dialog) => askForBackend(environment, dialog),
    { what: `Where the state of ${environment} lives was not said. Nothing was changed.`, next },
    process.stderr,
  );
  await check(environment, answer);
  noteBackend(join(checkout, file), answer);
  console.error(`Noted in ${file}, ${KEY}: commit it. docs/state.md says how to change it.`);
}

/** A shell that was prepared for another project would lead a site to a state that does not know it. */
function warnOfAnother(environment: string, chosen: string | undefined): void {
  const inFile = isLab(environment) ? undefined : backendInFile(environment);
  const url = chosen === undefined ? undefined : backendVariables(chosen).PULUMI_BACKEND_URL;
  if (inFile !== undefined && url !== inFile) {
    console.error(
      `warning: PULUMI_BACKEND_URL leads to another backend than ${KEY} of Pulumi.${environment}.yaml, and is taken: ${url}`,
    );
  }
}

function isLab(environment: string): boolean {
  return readStackFile(environment).labPassphrase !== undefined;
}

/** Asks until the answer names a backend. */
export async function askForBackend(environment: string, { ask, say }: Dialog): Promise<string> {
  say(`No stack of ${environment} is on this machine, and nothing says where its state lives. The state says which machine belongs to what, and
holds the site's keys, encrypted: who works on the site needs it, and without it the site cannot be kept. The answer is
  a URL    of a backend that the whole team reaches: s3://bucket?region=eu-central-1, postgres://user@host/database, gs://, azblob://,
           https://, file:///mount/folder; credentials come from the environment (docs/state.md)
  ${LOCAL}    ${localFolder()} of this machine: only this account works on the site
Where the site is up already, name the backend that has its state.`);
  for (;;) {
    const answer = (await ask(`Where does the state of ${environment} live? `)).trim();
    const fault = answer === "" ? "no answer" : backendFault(answer);
    if (fault === undefined) {
      return answer;
    }
    say(`  ${fault}`);
  }
}

function localFolder(): string {
  return fileURLToPath(localBackend());
}

/** @throws OperatorError when the backend does not answer. */
async function check(environment: string, answer: string): Promise<void> {
  if (answer === LOCAL) {
    return;
  }
  const variables = { ...process.env, PULUMI_BACKEND_URL: answer };
  const engine = new Engine(environment, {
    ...variables,
    ...engineVariables(environment, variables),
  });
  const isThere = await engine.stackExists(stackProjects[0]);
  console.error(
    isThere
      ? `The backend has the state of ${environment}.`
      : `The backend has no state of ${environment} yet.`,
  );
}

/** Whether this machine's folder has, or had, resources of the environment in any of its stacks, whatever their names. */
export function hasLocalState(
  environment: string,
  folder = join(localFolder(), ".pulumi", "stacks"),
): boolean {
  return stackProjects
    .flatMap((project) => [project, former(project)])
    .some((project) => {
      const stacks = join(folder, backendName(project));
      return (
        existsSync(stacks) &&
        readdirSync(stacks)
          // The state, the one before it, and compressed ones.
          .filter((name) => name.startsWith(`${environment}.json`) && !name.endsWith(".attrs"))
          .some((name) => !isEmpty(join(stacks, name)))
      );
    });
}

/** Whether a file surely is a state without resources: `pulumi stack init` was all that there was. */
function isEmpty(path: string): boolean {
  try {
    const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
      checkpoint: { latest?: { resources?: unknown[]; pending_operations?: unknown[] } | null };
    };
    const { resources = [], pending_operations: pending = [] } = checkpoint.latest ?? {};
    return resources.length === 0 && pending.length === 0;
  } catch {
    return false;
  }
}

/** Writes the answer into the environment's file, and leaves the rest of its text as it is. */
export function noteBackend(path: string, answer: string): void {
  const text = readFileSync(path, "utf8");
  writeAtomically(path, withBackend(text, answer), 0o644);
}

/** The text of an environment's file with a backend, as the first key below `config`. */
export function withBackend(text: string, answer: string): string {
  const document = parseDocument(text);
  const pair = isMap(document.contents)
    ? document.contents.items.find(({ key }) => isScalar(key) && key.value === "config")
    : undefined;
  const first = isPair(pair) && isMap(pair.value) ? pair.value.items.at(0)?.key : undefined;
  const line = isScalar(pair?.key) ? text.indexOf("\n", pair.key.range?.[0]) + 1 : 0;
  if (isScalar(first) && first.range && line > 0 && first.range[0] >= line) {
    const start = first.range[0];
    const margin = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
    const entry = stringify({ [KEY]: answer }, { lineWidth: 0 });
    const comment = `${margin}# Where the state lives: docs/state.md.\n`;
    const edited = `${text.slice(0, line)}${comment}${margin}${entry}${text.slice(line)}`;
    if ((parse(edited) as { config: Record<string, unknown> }).config[KEY] === answer) {
      return edited;
    }
  }
  document.setIn(["config", KEY], answer);
  return document.toString({ lineWidth: 0 });
}
