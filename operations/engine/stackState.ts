import { isDeepStrictEqual } from "node:util";

import { OperatorError } from "../../lib/operatorError";
import { readStateFile } from "./backend/backendFiles";
import type { Engine } from "./engine";
import type { ExportedStack, StateResource } from "./exportedStack";
import { readStack } from "./formerStack";
import type { StackProject } from "./stacks";

/** The part of the engine that reading, writing and settling a state needs. */
export type Driver = Pick<Engine, "environment" | "backendUrl" | "capture" | "run">;

/** The resources of a stack. */
export async function resourcesOf(engine: Driver, project: StackProject): Promise<StateResource[]> {
  const stack = readStateFile(engine, project) ?? (await exportStack(engine, project));
  return stack.deployment.resources ?? [];
}

/** The state of a stack; undefined where there is none. @throws OperatorError when it cannot be read. */
export async function stateOf(
  engine: Pick<Engine, "environment" | "backendUrl" | "capture" | "stackExists">,
  project: StackProject,
): Promise<ExportedStack | undefined> {
  return (
    readStateFile(engine, project) ??
    ((await engine.stackExists(project)) ? exportStack(engine, project) : undefined)
  );
}

/**
 * Reads a stack's state.
 * @param options - For the engine. @default none
 * @throws OperatorError when that fails.
 */
export async function exportStack(
  engine: Pick<Driver, "environment" | "backendUrl" | "capture">,
  project: StackProject,
  ...options: string[]
): Promise<ExportedStack> {
  const args = ["stack", "export", ...options];
  const { ok, stdout, stderr } = await readStack(engine, project, args);
  if (!ok) {
    throw new OperatorError({
      what: `The state of stack ${project.name} cannot be read.`,
      where: engine.backendUrl,
      why: stderr,
      next: `make restore-state ENV=${engine.environment} STACK=${project.name} puts one that make backup-state saved in its place`,
    });
  }
  return JSON.parse(stdout) as ExportedStack;
}

/**
 * Replaces a stack's state, unless it has changed since it was read: what another run has made since then would be
 * forgotten.
 *
 * @param read - The state as exportStack returned it, before anything in it was changed.
 * @throws OperatorError when the state has changed meanwhile, or cannot be written; nothing is written then.
 */
export async function importStack(
  engine: Driver,
  project: StackProject,
  stack: ExportedStack,
  read: ExportedStack,
): Promise<void> {
  if (!isDeepStrictEqual(await exportStack(engine, project), read)) {
    throw new OperatorError({
      what: `The state of stack ${project.name} changed meanwhile: another run has worked on it. Nothing was written.`,
      where: engine.backendUrl,
      next: "wait until no other run works on that stack, then type the same command again",
    });
  }
  const args = ["stack", "import", "--stack", engine.environment];
  const { ok, stderr } = await engine.capture(project, args, { input: JSON.stringify(stack) });
  if (!ok) {
    throw new OperatorError({
      what: `The state of stack ${project.name} could not be settled.`,
      where: engine.backendUrl,
      why: stderr,
      next: `cd ${project.directory} && pulumi refresh --clear-pending-creates --stack ${engine.environment}`,
    });
  }
}
