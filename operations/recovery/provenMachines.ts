import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import type { StateResource } from "../engine/exportedStack";
import type { StackProject } from "../engine/stacks";
import { judgeMachine, knownBy, type MachineOrigin } from "./machineProof";
import type { UnconfirmedCreate } from "./unconfirmedCreates";
import type { Vcenter } from "./vcenter";

/** A machine that a killed update may have made. */
export interface SoughtMachine {
  /** In the vCenter's inventory. */
  path: string;
  resource: UnconfirmedCreate;
}

/** Seconds that a clone of a killed update may take until it is complete, or has been given up. */
const CLONE_SECONDS = 120;
const POLL_SECONDS = 5;

/**
 * The paths of those machines that are there and surely this site's.
 * @throws OperatorError with every machine that is there without proof: nothing of it is touched.
 */
export async function provenMachines(
  vcenter: Vcenter,
  project: StackProject,
  sought: readonly SoughtMachine[],
  resources: readonly StateResource[],
  pollSeconds = POLL_SECONDS,
): Promise<Set<string>> {
  if (sought.length === 0) {
    return new Set();
  }
  const found = await machinesAtRest(
    vcenter,
    sought.map(({ path }) => path),
    pollSeconds,
  );
  const now = new Date();
  const verdicts = sought.map(({ path, resource }) => {
    const machine = found.find((one) => one.path === path);
    const verdict =
      machine === undefined
        ? { doubt: "the vCenter has given no answer about it" }
        : judgeMachine(machine, knownBy(resource, resources, now));
    return { path, verdict };
  });
  const doubts = verdicts.flatMap(({ path, verdict }) =>
    typeof verdict === "string" ? [] : [`${path}: ${verdict.doubt}`],
  );
  if (doubts.length > 0) {
    throw new OperatorError({
      what: `${doubts.length} virtual machine(s) bear names that a killed update of ${project.name} was to give, and cannot be proved to be this site's. They were left alone; nothing was changed.`,
      where: doubts.join("\n         "),
      next:
        "look at each in the vCenter (Monitor, Events say who has made it, and when)\n" +
        "if it is left over from this site: delete it there, then type the same command again\n" +
        "if it is not this site's: have it renamed or moved, or give the node another name",
    });
  }
  return new Set(verdicts.flatMap(({ path, verdict }) => (verdict === "ours" ? [path] : [])));
}

/** Asks until no machine is still being made, or a deadline has passed. */
function machinesAtRest(
  vcenter: Vcenter,
  paths: readonly string[],
  pollSeconds: number,
): Promise<MachineOrigin[]> {
  return poll(
    () => vcenter.machines(paths),
    (found) => found.every((one) => !one.found || one.complete),
    { deadline: CLONE_SECONDS * 1000, interval: pollSeconds * 1000 },
  );
}
