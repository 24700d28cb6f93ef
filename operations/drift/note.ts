import { join } from "node:path";

import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";
import type { StackProject } from "../engine/stacks";
import { type Driver, exportStack, importStack } from "../engine/stackState";

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
  const text = readIfThere(file(environment, project));
  return text === undefined ? undefined : (JSON.parse(text) as DriftNote);
}

/** Replaces the note; undefined takes it away. */
export function writeDriftNote(environment: string, project: string, note?: DriftNote): void {
  writeNote(file(environment, project), note && JSON.stringify(note));
}

/** Replaces the beginning of the URNs in the note: their project has another name. */
export function renameInDriftNote(
  environment: string,
  project: string,
  before: string,
  now: string,
): void {
  const note = readDriftNote(environment, project);
  if (note !== undefined) {
    const steps = note.steps.map((urn) => urn.replace(before, now));
    writeDriftNote(environment, project, { ...note, steps });
  }
}

/** Stands at the end of a step's script in the state while its files are not as the step has left them. */
const CHANGED_BY_HAND = "\n# changed by hand";

/**
 * Makes the next `up` run steps again: it changes their update script in the state, so that it differs from the program's. A refresh
 * would do that if the command plugin had one. Steps that are no longer in the state are skipped.
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
