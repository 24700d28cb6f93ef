import { z } from "zod";

import { LOST_VARIABLE, lostMachines } from "../kubernetes/lostMachines";
import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { DELETE_UNREACHABLE, withClusterOfInput } from "./lost-nodes/abandonedCluster";
import { leaveCluster } from "./leaving/leaveCluster";
import type { LeavingMachine } from "./leaving/ownNode";

/** Milliseconds that an API gets which does not answer: a control plane that has just left may have been the one that was asked. */
const API_PATIENCE = 60_000;

const argumentsSchema = z.tuple([
  z.string().min(1),
  z.string().min(1),
  z.enum(["control-plane", "worker"]),
  z.ipv4(),
  z.coerce.number().int().positive(),
]);

/** What the delete step says of itself. @throws OperatorError when it is not called as the program cluster calls it. */
export function readArguments(words: readonly string[]): {
  machine: LeavingMachine;
  drainSeconds: number;
} {
  const read = argumentsSchema.safeParse(words);
  if (!read.success) {
    throw new OperatorError({
      what: "It is not clear which machine is to leave; nothing was changed.",
      where: `node operations/leave.js ${words.join(" ")}`,
      why: "wanted are a name, the UUID of the machine, control-plane or worker, an IPv4 address and seconds for the drain",
      next: "pulumi up in cluster calls it by itself; its recorded delete step has to have these words",
    });
  }
  const [name, vmId, role, address, drainSeconds] = read.data;
  return { machine: { name, vmId, role, address }, drainSeconds };
}

/**
 * What becomes of a machine's leave if the cluster does not answer: nothing, if the operator has given up the machine or the cluster.
 * @throws OperatorError otherwise.
 */
export function settleSilence(
  name: string,
  { fault }: OperatorError,
  variables: NodeJS.ProcessEnv = process.env,
  say: (line: string) => void = console.log,
): void {
  if (lostMachines(variables).has(name) || variables[DELETE_UNREACHABLE] === "true") {
    say(
      `${name}: the cluster's API does not answer, and the machine is given up; its Node and its member of etcd stay if it has any.`,
    );
    return;
  }
  throw new OperatorError({
    what: `The cluster's API does not answer, so ${name} cannot leave the cluster; nothing was changed.`,
    why: fault.why,
    next:
      `bring the API back and type the same command again. If ${name} is lost for good: make up LOST=${name}, or\n` +
      `${LOST_VARIABLE}=${name} in the environment of pulumi`,
  });
}

async function main(): Promise<void> {
  const { machine, drainSeconds } = readArguments(process.argv.slice(2));
  await withClusterOfInput(
    (api) => leaveCluster(api, machine, { drainSeconds }),
    (error) => settleSilence(machine.name, error),
    API_PATIENCE,
  );
}

/** The delete step of a node in the stack cluster; the kubeconfig comes on standard input. */
if (require.main === module) {
  exitWith(main());
}
