import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { askToType } from "../../lib/terminal/confirmation";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { writeDriftNote } from "../drift/note";
import { keepGoneState, setBrokenStateAside } from "../engine/backend/backendFiles";
import { chooseBackend } from "../engine/backend/chooseBackend";
import { Engine, isUnattended } from "../engine/engine";
import { type ExportedStack } from "../engine/exportedStack";
import { selectProjects, type StackProject } from "../engine/stacks";
import { exportStack, importStack } from "../engine/stackState";
import {
  backupPath,
  configurationPath,
  listStateBackups,
  readStateBackup,
  type StateBackup,
} from "../engine/stateBackups";
import { hasFormerName, moveFormerNames, underPresentName } from "../recovery/formerNames";
import {
  projectsIn,
  readStates,
  resourceCount,
  type StateEngine,
  writeStates,
} from "../recovery/saveStates";
import { refuseWhileLocked, releaseStaleLock } from "../recovery/stateLocks";

/**
 * Puts the states of an environment's stacks, or that of one, back from a backup. What can be read of the present states is
 * saved before, so that this can be undone. The next `up` refreshes everything, since the site may have changed since then.
 * @throws OperatorError before anything is touched when the backup is not whole, of another environment, or encrypted otherwise
 *   than the present configuration.
 */
export async function restoreState(
  environment: string,
  stack?: string,
  from?: string,
): Promise<void> {
  if (from === undefined) {
    throw choice(environment);
  }
  const backup = readStateBackup(backupPath(environment, from));
  const projects = restorableProjects(backup, environment, stack);
  await chooseBackend(environment);
  const engine = new Engine(environment);
  const age = span(Date.now() - Date.parse(backup.created));
  if (!isUnattended(environment)) {
    await askToType(environment, {
      doing: `restore the states of ${projects.map(({ name }) => name).join(", ")} from ${from}`,
      lost: `What the present states of ${environment} say is replaced by what they said ${age} ago.`,
      refused: "Nothing was touched: there was no consent.",
      next: `type the environment's name when asked, or make restore-state ENV=${environment} FROM=${from} YES=1`,
    });
  }
  await moveFormerNames(engine, { aside: true });
  await putStatesBack(engine, backup, projects);
  console.log(
    `The states are those of ${age} ago. See first what has changed since: make drift ENV=${environment}; then make up ENV=${environment} has the site as configured.`,
  );
}

/** The part of it that changes something. */
export async function putStatesBack(
  engine: StateEngine,
  backup: StateBackup,
  projects: readonly StackProject[],
): Promise<void> {
  for (const project of projects) {
    refuseWhileLocked(engine, project);
  }
  for (const project of projects) {
    setBrokenStateAside(engine, project);
    keepGoneState(engine, project);
    await releaseStaleLock(engine, project);
  }
  const present = await readStates(engine, projects);
  if (Object.keys(present).length > 0) {
    console.log(`The present states are kept: ${writeStates(engine, present)}`);
  }
  for (const project of projects) {
    await engine.ensureStack(project);
    const state = await stateIn(engine, backup, project);
    await importStack(
      engine,
      project,
      state,
      present[project.name] ?? (await newState(engine, project)),
    );
    writeDriftNote(engine.environment, project.name, { steps: [] });
    console.log(`${project.name}: ${resourceCount(state)} resources`);
  }
}

/** A stack's state in a backup. One from before projects were called sitewright-… gets the URNs of the present names. */
async function stateIn(
  engine: StateEngine,
  backup: StateBackup,
  project: StackProject,
): Promise<ExportedStack> {
  const state = backup.stacks[project.name] as unknown as ExportedStack;
  return hasFormerName(project, state) ? underPresentName(engine, { project, state }) : state;
}

/** The state of a stack that was not there. @throws OperatorError when another run has made something in it by now. */
async function newState(engine: StateEngine, project: StackProject): Promise<ExportedStack> {
  const made = await exportStack(engine, project);
  const count = resourceCount(made);
  if (count > 0) {
    throw new OperatorError({
      what: `Another run has just made stack ${project.name}: it has ${count} resources, which would be forgotten. Nothing was written.`,
      where: engine.backendUrl,
      next: "wait until no other run works on that stack, then type the same command again",
    });
  }
  return made;
}

/** The projects to restore. @throws OperatorError when the backup does not fit. */
export function restorableProjects(
  backup: StateBackup,
  environment: string,
  stack?: string,
): StackProject[] {
  const refuse = (what: string, next: string) => new OperatorError({ what, next });
  if (backup.environment !== environment) {
    throw refuse(
      `The backup is one of environment ${backup.environment}; nothing was touched.`,
      `make restore-state ENV=${backup.environment}, or name another file`,
    );
  }
  if (
    saltOf(backup.configuration) !== saltOf(readFileSync(configurationPath(environment), "utf8"))
  ) {
    throw refuse(
      `The secrets in the backup were encrypted with another salt than that of Pulumi.${environment}.yaml; nothing was touched.`,
      `put the Pulumi.${environment}.yaml of that time back first: it is in the backup, under content.configuration`,
    );
  }
  const wanted = stack === undefined ? undefined : selectProjects(stack)[0];
  const projects = projectsIn(backup.stacks).filter(
    ({ name }) => wanted === undefined || name === wanted.name,
  );
  if (projects.length === 0) {
    throw refuse(
      `The backup has no state of ${stack ?? "any stack"}; nothing was touched.`,
      `it has: ${Object.keys(backup.stacks).join(", ") || "none"}`,
    );
  }
  return projects;
}

function saltOf(configuration: string): unknown {
  return (parse(configuration) as { encryptionsalt?: unknown } | null)?.encryptionsalt;
}

/** The error when FROM is missing. */
function choice(environment: string): OperatorError {
  const found = listStateBackups(environment);
  return new OperatorError({
    what: "Say from which backup; nothing was touched.",
    where: "FROM=",
    why: found.length === 0 ? "there is none on this machine" : found.join("\n"),
    next: `make restore-state ENV=${environment} FROM=${found.at(-1) ?? "<path of a file that make backup-state wrote>"}`,
  });
}
