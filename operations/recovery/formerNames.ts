import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { readIfThere, writeNote } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { stateDirectory } from "../../lib/paths";
import { formerProjectName } from "../../lib/projectNames";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { renameInDriftNote } from "../drift/note";
import type { Reader } from "../engine/backend/backend";
import {
  mendBackendFiles,
  readStateFile,
  setBrokenStateAside,
  statePath,
} from "../engine/backend/backendFiles";
import type { Engine } from "../engine/engine";
import { type ExportedStack, isEmptyStack } from "../engine/exportedStack";
import {
  former,
  type FormerStack,
  formerStack,
  isFormerGone,
  isUnreadable,
  presentName,
} from "../engine/formerStack";
import { isNoSuchStack } from "../engine/backend/noSuchStack";
import { backendName, type StackProject, stackProjects } from "../engine/stacks";
import { exportStack } from "../engine/stackState";
import { resourceCount, writeStates } from "./saveStates";
import { refuseWhileFormerLocked, refuseWhileLocked, releaseStaleLock } from "./stateLocks";
import { renameInUnconfirmedCreates } from "./unconfirmedCreates";

/** What is done about a stack that has its former name. */
interface Move extends FormerStack {
  /**
   * `rename`: there is none of the present name. `replace`: there is an empty one. `finish`: a move was killed after it had written
   * the state under the present name, and before it had removed the former one.
   */
  how: "rename" | "replace" | "finish";
}

/**
 * Gives the stacks of a site that an older version has brought up their present names, by the engine's own `pulumi stack rename`:
 * it changes the URNs in the state, and nothing of the site. The states are saved before. Killed at any moment, the next run
 * continues: a state is written under its present name, whole, before it is removed under the former one.
 *
 * Where there is nothing to move, a file:// backend costs a look at a few files.
 *
 * @param options - `aside`: a state that is broken, and its backup too, is set aside. @default it is refused
 * @throws OperatorError when a stack is locked, or when there are two of a stack, one of each name, with different resources. Then
 *   nothing is changed.
 */
export async function moveFormerNames(
  engine: Reader,
  { aside = false }: { aside?: boolean } = {},
): Promise<void> {
  const found = await mended(engine, aside);
  if (found.length > 0) {
    await move(engine, found);
  }
}

/**
 * All stacks of the environment that have their former names. A backend that is not one of files is asked until it has none; a note
 * beside the state, on this machine, says so from then on.
 */
async function formerStacks(engine: Reader): Promise<FormerStack[]> {
  const { environment, backendUrl } = engine;
  const isInFiles = backendUrl.startsWith("file://");
  const note = join(stateDirectory(), "present-names", environment);
  if (!isInFiles && readIfThere(note) === backendUrl) {
    return [];
  }
  const found = await Promise.all(stackProjects.map((project) => formerStack(engine, project)));
  const formers = found.filter((stack) => stack !== undefined);
  if (!isInFiles && formers.length === 0) {
    writeNote(note, backendUrl);
  }
  return formers;
}

/** The former stacks, their states readable and their stale locks released. */
async function mended(engine: Reader, aside: boolean): Promise<FormerStack[]> {
  const found = await formerStacks(engine);
  const concerned = stackProjects.filter(
    (project) =>
      found.some((stack) => stack.project.name === project.name) || isFormerGone(engine, project),
  );
  for (const project of concerned.flatMap((one) => [former(one), one])) {
    refuseWhileLocked(engine, project);
  }
  const readable: FormerStack[] = [];
  for (const project of concerned) {
    if (!aside || !isLost(found, project)) {
      mendBackendFiles(engine, former(project));
    } else {
      setBrokenStateAside(engine, former(project));
    }
    await releaseStaleLock(engine, former(project));
    await releaseStaleLock(engine, project);
    const stack = await formerStack(engine, project);
    if (stack !== undefined) {
      readable.push(stack);
    }
  }
  return readable;
}

/** Whether a former state can be read neither from its file nor from its backup's. */
function isLost(found: readonly FormerStack[], { name }: StackProject): boolean {
  const stack = found.find(({ project }) => project.name === name);
  return stack === undefined || isUnreadable(stack.state);
}

/** @throws OperatorError when there are two of a stack, with different resources. */
async function planMoves(engine: Reader, found: readonly FormerStack[]): Promise<Move[]> {
  const moves: Move[] = [];
  const unclear: FormerStack[] = [];
  for (const stack of found) {
    const how = await howToMove(engine, stack);
    if (how === undefined) {
      unclear.push(stack);
    } else {
      moves.push({ ...stack, how });
    }
  }
  if (unclear.length > 0) {
    throw ambiguous(engine, unclear);
  }
  return moves;
}

async function move(engine: Reader, found: readonly FormerStack[]): Promise<void> {
  const moves = await planMoves(engine, found);
  const names = moves.map((one) => `${one.qualifiedName} → ${presentName(one)}`).join(", ");
  console.log(`The stacks get the names of this version: ${names}. Nothing of the site changes.`);
  const states = moves.map(({ project, state }) => [project.name, state] as const);
  console.log(`Their states are kept: ${writeStates(engine, Object.fromEntries(states))}`);
  for (const one of moves) {
    await moveOne(engine, one);
  }
}

async function moveOne(engine: Reader, { how, ...stack }: Move): Promise<void> {
  const { project, qualifiedName } = stack;
  const urns = [former(project), project].map(
    (one) => `urn:pulumi:${engine.environment}::${backendName(one)}::`,
  ) as [string, string];
  renameInDriftNote(engine.environment, project.name, ...urns);
  renameInUnconfirmedCreates(engine.environment, project.name, ...urns);
  const remove = ["stack", "rm", "--yes", "--preserve-config", "--stack"];
  if (how === "finish") {
    await pulumi(engine, project, [...remove, qualifiedName, "--force"]);
    return;
  }
  if (how === "replace") {
    // Without --force the engine refuses one that has resources by now.
    await pulumi(engine, project, [...remove, engine.environment]);
  }
  const rename = ["stack", "rename", presentName(stack), "--stack", qualifiedName];
  await pulumi(engine, project, rename);
}

/** Undefined where there are two stacks with different resources. */
async function howToMove(engine: Reader, stack: FormerStack): Promise<Move["how"] | undefined> {
  const present = await presentState(engine, stack.project);
  if (present === undefined) {
    return "rename";
  }
  const { pending_operations: pending = [] } = present.deployment;
  if (pending.length === 0 && isEmptyStack(present)) {
    return "replace";
  }
  const moved = await underPresentName(engine, stack);
  return isDeepStrictEqual(moved.deployment, present.deployment) ? "finish" : undefined;
}

/** The state of a stack under its present name; undefined where there is none. */
async function presentState(
  engine: Reader,
  project: StackProject,
): Promise<ExportedStack | undefined> {
  const inFile = readStateFile(engine, project);
  if (inFile !== undefined) {
    return inFile;
  }
  const args = ["stack", "export", "--stack", engine.environment];
  const { ok, stdout, stderr } = await engine.capture(project, args);
  if (!ok && isNoSuchStack(stderr)) {
    return undefined;
  }
  return ok ? (JSON.parse(stdout) as ExportedStack) : exportStack(engine, project);
}

function ambiguous({ environment, backendUrl }: Reader, stacks: FormerStack[]) {
  const lines = stacks.flatMap((stack) => [
    `${stack.qualifiedName}, ${resourceCount(stack.state)} resources, from before projects were called sitewright-…`,
    presentName(stack),
  ]);
  const [{ project, ...first }] = stacks;
  const remove = `cd ${project.directory} && pulumi stack rm --force --preserve-config --stack`;
  return new OperatorError({
    what: `The backend has stacks of environment ${environment} twice, with different resources, under their former and their present names. Nothing was changed.`,
    where: backendUrl,
    why: lines.join("\n"),
    next:
      "find out which of the two the site is (pulumi stack export shows its machines' UUIDs; make backup-state saves a copy), and remove the other one's state:\n" +
      `${remove} ${first.qualifiedName}\n` +
      `or: ${remove} ${presentName({ project, ...first })}`,
  });
}

/** A state with the URNs that it has under the present name, as the engine itself renames them, in a backend for this alone. */
export function underPresentName(
  engine: Reader,
  { project, state }: Pick<FormerStack, "project" | "state">,
): Promise<ExportedStack> {
  return withTemporaryFolder(async (folder) => {
    const PULUMI_BACKEND_URL = temporaryBackend(folder);
    const copy: Reader = {
      environment: engine.environment,
      backendUrl: PULUMI_BACKEND_URL,
      capture: (one, args) => engine.capture(one, args, { variables: { PULUMI_BACKEND_URL } }),
    };
    await put(copy, project, state);
    return readStateFile(copy, project)!;
  });
}

/** Whether the URNs of a state are those of the former name. */
export function hasFormerName(project: StackProject, { deployment }: ExportedStack): boolean {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const urns = [...resources, ...pending.map(({ resource }) => resource)].map(({ urn }) => urn);
  return urns.some((urn) => urn.split("::")[1] === formerProjectName(project.name));
}

/**
 * For what changes nothing and yet has to run the programs: where stacks have their former names, it works on copies of the states
 * under the present ones, in a temporary backend. Elsewhere it works on the backend itself.
 *
 * @throws OperatorError as moveFormerNames does.
 */
export async function withPresentNames<T>(
  engine: Engine,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const found = await formerStacks(engine);
  if (found.length === 0) {
    return work(engine);
  }
  for (const { project, state } of found) {
    if (isUnreadable(state)) {
      // Refuses: there is nothing to mend it with.
      mendBackendFiles(engine, former(project));
    }
    await refuseWhileFormerLocked(engine, project);
  }
  await planMoves(engine, found);
  console.log(
    `The stacks of ${engine.environment} have the names that projects had before they were called sitewright-…: this works on a copy of their states. make up renames them.`,
  );
  return withTemporaryFolder(async (folder) => {
    const copy = engine.withBackend(temporaryBackend(folder));
    for (const project of stackProjects) {
      const state =
        found.find((one) => one.project.name === project.name)?.state ??
        (await presentState(engine, project));
      if (state !== undefined) {
        await put(copy, project, state);
      }
    }
    return work(copy);
  });
}

/** Makes a folder into a backend. Returns its URL. */
function temporaryBackend(folder: string): string {
  mkdirSync(join(folder, ".pulumi"), { mode: 0o700 });
  writeFileSync(join(folder, ".pulumi", "meta.yaml"), "version: 1\n");
  return `file://${folder}?metadata=skip`;
}

/** Puts a state into a temporary backend, and gives it its present name. `pulumi stack import` would drop pending operations. */
async function put(
  copy: Reader,
  project: StackProject,
  { version, deployment }: ExportedStack,
): Promise<void> {
  const one = hasFormerName(project, { version, deployment }) ? former(project) : project;
  const [name, stack] = [backendName(one), copy.environment];
  const path = statePath(copy, one)!;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const checkpoint = { stack: `organization/${name}/${stack}`, latest: deployment };
  writeFileSync(path, JSON.stringify({ version, checkpoint }), { mode: 0o600 });
  if (one !== project) {
    const names = [backendName(project), name].map((each) => `organization/${each}/${stack}`);
    await pulumi(copy, project, ["stack", "rename", names[0], "--stack", names[1]]);
  }
}

async function pulumi(
  engine: Reader,
  project: StackProject,
  args: readonly string[],
): Promise<void> {
  const { ok, stderr } = await engine.capture(project, args);
  if (!ok) {
    throw new OperatorError({
      what: `The stack ${project.name} could not be given its present name. Its resources are as they were.`,
      where: `pulumi ${args.join(" ")}, in ${project.directory}`,
      why: stderr,
      next: "mend the cause and type the same command again",
    });
  }
}
