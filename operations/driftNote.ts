import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Driver, exportStack, importStack } from "./stackState";
import { stateDirectory } from "./paths";
import type { StackProject } from "./stacks";

/** What `make drift` has found in a stack that `make up` has to look at again. */
export interface DriftNote {
  /** URNs of steps whose files on a machine were changed. */
  steps: string[];
}

/** Noted beside the state, on this machine: the next `up` here repairs what was found. */
function file(environment: string, project: string): string {
  return join(stateDirectory(), "drift", `${environment}-${project}.json`);
}

/** What was found last; undefined when nothing was, or all of it is repaired. */
export function readDriftNote(environment: string, project: string): DriftNote | undefined {
  try {
    return JSON.parse(readFileSync(file(environment, project), "utf8")) as DriftNote;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Replaces the note; undefined takes it away. */
export function writeDriftNote(environment: string, project: string, note?: DriftNote): void {
  const path = file(environment, project);
  if (note === undefined) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(join(stateDirectory(), "drift"), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Stands at the end of a step's script in the state while its files are not as the step has left them. */
const CHANGED_BY_HAND = "\n# changed by hand";

/**
 * Has the next `up` run steps again: the script they have for updates in the state is made another than the program's. That is what a
 * refresh of a command would do, had the plugin one. Steps that are in the state no more are passed over.
 */
export async function repeatSteps(
  engine: Driver,
  project: StackProject,
  steps: readonly string[],
): Promise<void> {
  if (steps.length === 0) {
    return;
  }
  const read = await exportStack(engine, project);
  const exported = structuredClone(read);
  for (const { urn, inputs, outputs } of exported.deployment.resources ?? []) {
    if (steps.includes(urn)) {
      for (const properties of [inputs, outputs]) {
        if (
          typeof properties?.update === "string" &&
          !properties.update.endsWith(CHANGED_BY_HAND)
        ) {
          properties.update += CHANGED_BY_HAND;
        }
      }
    }
  }
  await importStack(engine, project, exported, read);
}
