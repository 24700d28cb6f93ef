import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";

import { LOST_VARIABLE } from "../kubernetes/lostMachines";
import { elapsed } from "../lib/humanUnits";
import { readIfThere, writeNote } from "../lib/files";
import { OperatorError } from "../lib/operatorError";
import { checkout, stateDirectory } from "../lib/paths";
import type { Engine } from "./engine/engine";
import { configurationPath } from "./engine/stateBackups";
import { POLICY_PACK } from "./engine/policyPack";
import type { Stage } from "./stages";
import type { Update } from "./update";

/** Milliseconds that the previews may take; after these `make up` goes its usual way. */
const DEADLINE = 600_000;

/** The note beside the state: what the whole site was brought up with last, from this machine. */
function file(environment: string): string {
  return join(stateDirectory(), "up", `${environment}.json`);
}

/** Stands for the programs as they are built, the environment's file, and the place of the states. */
function digestOf({ environment, backendUrl }: Engine): string {
  const built = statSync(join(checkout, "dist", ".emitted")).mtimeMs;
  return createHash("sha256")
    .update(
      JSON.stringify([checkout, built, backendUrl, readIfThere(configurationPath(environment))]),
    )
    .digest("hex");
}

/** Notes that the whole site is up with what is there now. */
export function noteUp(engine: Engine): void {
  writeNote(file(engine.environment), digestOf(engine));
}

/** Takes the note away: the site is no longer up as a whole. */
export function forgetUp(environment: string): void {
  writeNote(file(environment), undefined);
}

/**
 * Whether nothing was edited since the whole site was brought up, so that there is probably nothing to do. A wrong answer costs time
 * and nothing else: it decides whether isUnchanged is asked.
 */
export function seemsUnchanged(engine: Engine, updates: readonly Update[]): boolean {
  return (
    readIfThere(file(engine.environment)) === digestOf(engine) &&
    process.env[LOST_VARIABLE] === undefined &&
    updates.every(({ drift }) => drift === undefined)
  );
}

/**
 * Previews all stacks at once, with the policies, and says whether an update would leave all of them as they are. Before, it settles what
 * interrupted updates have left; beside that, it runs what mends without pulumi.
 *
 * One stack after the other would compute the same in twice the time, since each waits for its engine, plugins and machines.
 *
 * @returns False also where a preview fails: the update then says why.
 * @throws OperatorError after Ctrl-C.
 */
export async function isUnchanged(
  stages: readonly Pick<Stage, "prepare" | "mend">[],
  updates: readonly Update[],
): Promise<boolean> {
  const begun = Date.now();
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  console.log(
    "\nNothing was edited since the last make up: all stacks are previewed at once, with the policies.",
  );
  const results = await Promise.all(
    updates.map(async (update, index) => {
      const { prepare, mend } = stages[index];
      for (const step of prepare) {
        await step(update);
      }
      const [result] = await Promise.all([previewOf(update), ...mend.map((step) => step(update))]);
      return result;
    }),
  );
  if (interrupt.signal.aborted) {
    throw new OperatorError({
      what: "Interrupted: nothing was changed.",
      next: "type the same command again",
    });
  }
  const found = results.map(unchangedIn);
  if (found.includes(undefined)) {
    console.log(`There is something to do after all (${elapsed(begun)}).`);
    return false;
  }
  for (const [index, { project }] of updates.entries()) {
    const title = `[${index + 1} of ${updates.length}] ${project.name}`;
    console.log(`${title}: nothing to change, ${found[index]} unchanged`);
    const said = /^Diagnostics:$[^]*/m.exec(results[index].stdout)?.[0];
    if (said !== undefined) {
      console.log(said);
    }
  }
  console.log(`all previewed after ${elapsed(begun)}`);
  return true;
}

function previewOf({ engine, project }: Update): ReturnType<Engine["capture"]> {
  const args = ["preview", "--stack", engine.environment, ...POLICY_PACK];
  return engine.capture(project, args, { timeout: DEADLINE });
}

/**
 * Number of resources that a preview found as they should be; undefined where it failed, or would change a resource or an output of the
 * stack. Exported for its test.
 */
export function unchangedIn({ ok, stdout }: { ok: boolean; stdout: string }): number | undefined {
  const count = /^Resources:\n +([0-9]+) unchanged\s*$/m.exec(stdout)?.[1];
  return ok && count !== undefined && !/^Outputs:$/m.test(stdout) ? Number(count) : undefined;
}
