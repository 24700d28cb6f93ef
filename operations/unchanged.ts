import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";

import { lockFileName } from "../environment/images/lock";
import { LOST_VARIABLE } from "../kubernetes/lostMachines";
import { readIfThere, writeNote } from "../lib/files";
import { OperatorError } from "../lib/operatorError";
import { checkout, stateDirectory } from "../lib/paths";
import { Progress } from "../lib/progress";
import type { Engine } from "./engine/engine";
import { POLICY_PACK } from "./engine/policyPack";
import { resourcesOf } from "./engine/stackState";
import { configurationPath } from "./engine/stateBackups";
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
      JSON.stringify([
        ...[checkout, built, backendUrl],
        ...[configurationPath(environment), join(checkout, lockFileName(environment))].map(
          readIfThere,
        ),
      ]),
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
 * A stack that has outputs of the others alone is as they are, and is not previewed.
 *
 * @returns False also where a preview fails: the update then says why.
 * @throws OperatorError after Ctrl-C.
 */
export async function isUnchanged(
  stages: readonly Pick<Stage, "prepare" | "mend" | "isInSite">[],
  updates: readonly Update[],
): Promise<boolean> {
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  console.log("\nNothing was edited since the last make up: is there anything to do at all?");
  let done = 0;
  const looks = await new Progress().step(
    "all stacks are previewed at once, with the policies",
    (at) =>
      Promise.all(
        updates.map(async (update, index): Promise<Look> => {
          const { prepare, mend, isInSite } = stages[index];
          for (const step of prepare) {
            await step(update);
          }
          const [look] = await Promise.all([
            isInSite ? previewed(update) : following(update),
            ...mend.map((step) => step(update)),
          ]);
          at(`${++done} of ${updates.length}, ${update.project.name}`);
          return look;
        }),
      ),
  );
  if (interrupt.signal.aborted) {
    throw new OperatorError({
      what: "Interrupted: nothing was changed.",
      next: "type the same command again",
    });
  }
  if (looks.includes(undefined)) {
    console.log("There is.");
    return false;
  }
  for (const [index, look] of looks.entries()) {
    const title = `[${index + 1} of ${updates.length}] ${updates[index].project.name}`;
    console.log(`${title}: nothing to change, ${look}`);
  }
  return true;
}

/** Why a stack stays as it is, and what its program tells; undefined where it would not. */
type Look = string | undefined;

async function previewed({ engine, project }: Update): Promise<Look> {
  const args = ["preview", "--stack", engine.environment, ...POLICY_PACK];
  return lookOf(await engine.capture(project, args, { timeout: DEADLINE }));
}

/** A stack that has outputs of the others alone stays as it is when they do, once it was made. */
async function following({ engine, project }: Update): Promise<Look> {
  const resources = await resourcesOf(engine, project);
  return resources.length > 0 ? "it has outputs of the others alone" : undefined;
}

/**
 * Reads what a preview printed; undefined where it failed, or would change a resource or an output of the stack. Exported for its test.
 */
export function lookOf({ ok, stdout }: { ok: boolean; stdout: string }): Look {
  const count = /^Resources:\n +([0-9]+) unchanged\s*$/m.exec(stdout)?.[1];
  if (!ok || count === undefined || /^Outputs:$/m.test(stdout)) {
    return undefined;
  }
  const said = /^Diagnostics:\n([^]*?)\n(?=Resources:$)/m.exec(stdout)?.[1];
  return `${count} unchanged${said === undefined ? "" : `\n${said.trimEnd()}`}`;
}
