import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { OperatorError } from "../../lib/operatorError";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import type { StackProject } from "../engine/stacks";
import type { Driver } from "../engine/stackState";
import { isPassing, perhapsCreated, readFailedUpdate } from "./failedSteps";
import { settleInterruptedUpdate } from "./pendingOperations";
import { releaseStaleLock } from "./stateLocks";
import { addUnconfirmedCreates } from "./unconfirmedCreates";
import { forgetBegin, noteBegin, readBegin } from "./updateBegin";
import type { Vcenter } from "./vcenter";

/** Seconds before each further attempt. A vCenter whose session ran out answers at once, one whose network fails later. */
const PAUSES = [2, 10, 30];

/** Options of `upWithAttempts`. */
interface Attempting {
  /** What settling has found that an earlier update may have created. @default it is settled here */
  settled?: readonly string[];
  /** Done before each further attempt: an engine that was ended from outside leaves plugins at work. @default nothing */
  beforeNext?: () => Promise<void>;
  /** Seconds to wait before the second attempt, the third and so on. */
  pauses?: readonly number[];
}

/**
 * Runs `pulumi up` of a stack of machines, and runs it again if every failure has a transient cause: a session that ended, a lost
 * connection, a timeout. The plugin gives up at the first of them. What it may have left in vCenter is recorded first, so that
 * the next run settles it, in this process or another.
 *
 * @throws OperatorError when an attempt fails for another cause, or when none is left.
 */
export async function upWithAttempts(
  engine: Driver,
  project: StackProject,
  vcenter: Vcenter,
  args: readonly string[],
  { settled, beforeNext, pauses = PAUSES }: Attempting = {},
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    if (attempt > 0) {
      await beforeNext?.();
      // An engine that was killed (out of memory, a crash) leaves the lock of its attempt.
      await releaseStaleLock(engine, project);
    }
    const unconfirmed =
      (attempt === 0 ? settled : undefined) ??
      (await settleInterruptedUpdate(engine, project, vcenter));
    noteBegin(engine.environment, project.name);
    const failure = await attemptUp(engine, project, args);
    if (failure === undefined) {
      forgetBegin(engine.environment, project.name);
      if (unconfirmed.length > 0) {
        await settleInterruptedUpdate(engine, project, vcenter);
      }
      return;
    }
    const { cause, update } = failure;
    const begun = readBegin(engine.environment, project.name);
    addUnconfirmedCreates(
      engine.environment,
      project.name,
      perhapsCreated(update).map((one) => ({ ...one, ...(begun === undefined ? {} : { begun }) })),
    );
    if (!isPassing(update, unconfirmed)) {
      throw cause;
    }
    if (attempt === pauses.length) {
      throw new OperatorError({
        what: `The vCenter failed in ${attempt + 1} attempts, each time for causes that pass by themselves; the last ones stand above.`,
        where: project.directory,
        next: "see whether vCenter and the network to it are well, then type the same command again: what was done stays done, and what was left half-made is removed first",
      });
    }
    console.log(
      `Attempt ${attempt + 1} of ${pauses.length + 1} failed for causes that pass by themselves; the next one begins in ${pauses[attempt]} s.`,
    );
    await delay(pauses[attempt] * 1000);
  }
}

async function attemptUp(
  engine: Driver,
  project: StackProject,
  args: readonly string[],
): Promise<{ cause: OperatorError; update: ReturnType<typeof readFailedUpdate> } | undefined> {
  return withTemporaryFolder(async (folder) => {
    const eventLog = join(folder, "events.json");
    try {
      await engine.run(project, ["up", ...args, "--event-log", eventLog]);
      return undefined;
    } catch (error) {
      if (!(error instanceof OperatorError)) {
        throw error;
      }
      return { cause: error, update: readFailedUpdate(eventLog) };
    }
  });
}
