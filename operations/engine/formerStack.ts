import { existsSync, readFileSync } from "node:fs";

import { OperatorError } from "../../lib/operatorError";
import { formerProjectName, isOfSite, projectName } from "../../lib/projectNames";
import type { Answer, Reader } from "./backend/backend";
import { BACKEND_MS, backendError } from "./backend/backendError";
import { statePath } from "./backend/backendFiles";
import type { ExportedStack } from "./exportedStack";
import { isNoSuchStack } from "./backend/noSuchStack";
import type { StackProject } from "./stacks";

/** A stack that has the name from before projects were called sitewright-…, as an older version has made it. */
export interface FormerStack {
  project: StackProject;
  /** Organization, project and stack, as the engine takes them. */
  qualifiedName: string;
  state: ExportedStack;
}

/** The same project under its former name: for what looks at the backend's files. */
export function former(project: StackProject): StackProject {
  return { ...project, backendName: formerProjectName(project.name) };
}

/**
 * The stack under its former name, where there is one with resources of this project. A stack of that name that is empty, or
 * another site's, does not count.
 *
 * In a file:// backend only a file is looked for. Any other backend is asked, which takes a process.
 *
 * @throws OperatorError when that backend does not answer.
 */
export async function formerStack(
  engine: Reader,
  project: StackProject,
): Promise<FormerStack | undefined> {
  if (engine.backendUrl.startsWith("file://")) {
    const state = await formerState(engine, project);
    return state === undefined
      ? undefined
      : { project, qualifiedName: inFiles(engine, project), state };
  }
  const listing = ["stack", "ls", "--project", formerProjectName(project.name), "--json"];
  const { ok, stdout, stderr } = await engine.capture(project, listing, { timeout: BACKEND_MS });
  if (!ok) {
    throw backendError(engine, stderr);
  }
  const stacks = JSON.parse(stdout) as { name: string }[];
  const end = `/${formerProjectName(project.name)}/${engine.environment}`;
  // Several organizations may have one.
  for (const { name } of stacks.filter((stack) => stack.name.endsWith(end))) {
    const state = await exported(engine, project, name);
    if (isOurs(state)) {
      return { project, qualifiedName: name, state };
    }
  }
  return undefined;
}

/** The name that a former stack gets. */
export function presentName({ project, qualifiedName }: FormerStack): string {
  const [organization, , stack] = qualifiedName.split("/");
  return [organization, projectName(project.name), stack].join("/");
}

/** Backends of files know one organization. */
function inFiles({ environment }: Pick<Reader, "environment">, { name }: StackProject): string {
  return `organization/${formerProjectName(name)}/${environment}`;
}

/** The state of a former stack in a file:// backend. */
async function formerState(
  engine: Reader,
  project: StackProject,
): Promise<ExportedStack | undefined> {
  const path = statePath(engine, former(project)) ?? "";
  const state = existsSync(path)
    ? (readCheckpoint(path) ?? readCheckpoint(`${path}.bak`) ?? UNREADABLE)
    : [".gz", ".zst"].some((end) => existsSync(`${path}${end}`))
      ? await exported(engine, project, inFiles(engine, project))
      : undefined;
  return state !== undefined && isOurs(state) ? state : undefined;
}

/**
 * Whether a state under the former name has disappeared before it was moved: in a file:// backend only its backup is there, and there
 * is nothing of the present name.
 */
export function isFormerGone(engine: Reader, project: StackProject): boolean {
  const [before, now] = [statePath(engine, former(project)), statePath(engine, project)];
  if (
    before === undefined ||
    now === undefined ||
    // The backup stays when a stack is renamed: it is not read in every run.
    [before, now, `${now}.bak`].some((path) => existsSync(path))
  ) {
    return false;
  }
  const backup = readCheckpoint(`${before}.bak`);
  return backup !== undefined && isOurs(backup);
}

/** A state that is broken, and its backup too: what works on the stack's files then refuses. */
const UNREADABLE: ExportedStack = {
  version: 3,
  deployment: { resources: [{ urn: "", type: "sitewright:unreadable" }] },
};

/** Whether a former state and its backup are both broken. */
export const isUnreadable = (state: ExportedStack): boolean => state === UNREADABLE;

const isOurs = ({ deployment }: ExportedStack): boolean =>
  isOfSite([
    ...(deployment.resources ?? []),
    ...(deployment.pending_operations ?? []).map(({ resource }) => resource),
  ]);

/** The deployment in a file of the backend; undefined where it is cut off or not there. */
function readCheckpoint(path: string): ExportedStack | undefined {
  try {
    const { version, checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
      version: number;
      checkpoint?: { latest?: ExportedStack["deployment"] };
    };
    return { version, deployment: checkpoint?.latest ?? {} };
  } catch {
    return undefined;
  }
}

async function exported(
  engine: Reader,
  project: StackProject,
  stack: string,
): Promise<ExportedStack> {
  const args = ["stack", "export", "--stack", stack];
  const { ok, stdout, stderr } = await engine.capture(project, args);
  if (!ok) {
    throw new OperatorError({
      what: `The state of stack ${stack} cannot be read.`,
      where: engine.backendUrl,
      why: stderr,
      next: "mend the cause and try again; nothing was changed",
    });
  }
  return JSON.parse(stdout) as ExportedStack;
}

/** Runs a command that only reads a stack. One that still has its former name is read under that. */
export async function readStack(
  engine: Reader,
  project: StackProject,
  args: readonly string[],
): Promise<Answer> {
  const present = await engine.capture(project, [...args, "--stack", engine.environment]);
  if (present.ok || !isNoSuchStack(present.stderr)) {
    return present;
  }
  const found = await formerStack(engine, project);
  return found === undefined
    ? present
    : engine.capture(project, [...args, "--stack", found.qualifiedName]);
}
