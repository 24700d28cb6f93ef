import type { Infra } from "../../environment/contracts";
import { OperatorError } from "../../lib/operatorError";
import { type MachineLogin, runOnMachine } from "./login";

/** Seconds for one script. */
const SCRIPT_SECONDS = 60;

/** A machine of the site to look at. */
export type ShellMachine = Infra["nodes"][number];

/**
 * Runs a script that only looks, as root, on each machine at once, and returns what each printed, by name.
 *
 * @throws OperatorError with every machine on which it did not end well.
 */
export async function askMachines(
  machines: readonly ShellMachine[],
  user: Pick<MachineLogin, "user" | "privateKey">,
  script: string,
): Promise<Map<string, string>> {
  const answers = await Promise.all(
    machines.map((machine) => runOnMachine({ ...machine, ...user }, script, SCRIPT_SECONDS)),
  );
  const faults = answers.flatMap(({ ok, stderr }, index) =>
    ok ? [] : [`${machines[index].name}: ${stderr.trim()}`],
  );
  if (faults.length > 0) {
    throw new OperatorError({
      what: `${faults.length} of ${machines.length} machines did not answer by SSH.`,
      why: faults.join("\n"),
      next: "make status shows the machines; a host key that is not the pinned one means another machine answers",
    });
  }
  return new Map(answers.map(({ stdout }, index) => [machines[index].name, stdout]));
}
