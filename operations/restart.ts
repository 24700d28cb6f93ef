import { z } from "zod";

import { LOST_VARIABLE, lostMachines, namesIn } from "../kubernetes/lostMachines";
import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { withClusterOfInput } from "./lost-nodes/abandonedCluster";
import type { LeavingMachine } from "./leaving/ownNode";
import { finishRestart, READY_DEADLINE } from "./restarting/finishRestart";
import { prepareRestart } from "./restarting/prepareRestart";

/** Milliseconds that an API gets which does not answer, before a restart. */
const API_PATIENCE = 60_000;

const argumentsSchema = z.tuple([
  z.enum(["check", "before", "after"]),
  z.string().min(1),
  z.string().min(1),
  z.enum(["control-plane", "worker"]),
  z.ipv4(),
  z.coerce.number().int().positive(),
  z.coerce.number().int().positive(),
  z.enum(["sole", "one-of-several"]),
  z.string(),
  z.string(),
]);

/** What infra's program says of a restart (infra/guards/restarts.ts). */
export interface RestartArguments {
  /** What refuses it is looked for; the machine is to be restarted now; it was. */
  when: "check" | "before" | "after";
  machine: LeavingMachine;
  drainSeconds: number;
  maxUnavailable: number;
  /** Whether no other control plane could answer for the cluster while this machine does not. */
  isSole: boolean;
  /** Machines that the same update has out of service. */
  inFlight: ReadonlySet<string>;
  /** All machines that it restarts. */
  restarted: ReadonlySet<string>;
}

/** @throws OperatorError when it is not called as the program infra calls it. */
export function readArguments(words: readonly string[]): RestartArguments {
  const read = argumentsSchema.safeParse(words);
  if (!read.success) {
    throw new OperatorError({
      what: "It is not clear which machine is to be restarted; nothing was changed.",
      where: `node operations/restart.js ${words.join(" ")}`,
      why: "wanted are check, before or after, a name, the UUID of the machine, control-plane or worker, an IPv4 address, seconds for the drain, a number of workers, sole or one-of-several, names, and names",
      next: "pulumi up in infra calls it by itself",
    });
  }
  const [when, name, vmId, role, address, drainSeconds, maxUnavailable, sole, ...names] = read.data;
  const [inFlight, restarted] = [namesIn(names[0]), namesIn(names[1])];
  const machine = { name, vmId, role, address };
  const isSole = sole === "sole";
  return { when, machine, drainSeconds, maxUnavailable, isSole, inFlight, restarted };
}

/**
 * What becomes of a restart if the cluster does not answer. The sole control plane is restarted: it may be what brings the API back, and
 * nothing could be moved away from it. So is a machine that the operator has given up.
 * @throws OperatorError otherwise.
 */
export function settleSilence(
  { when, machine: { name }, isSole }: Pick<RestartArguments, "when" | "machine" | "isSole">,
  { fault }: OperatorError,
  variables: NodeJS.ProcessEnv = process.env,
  say: (line: string) => void = console.log,
): void {
  if (when === "after") {
    throw new OperatorError({
      what: `${name} was restarted, and the cluster's API does not answer since. No other machine is restarted.`,
      why: fault.why,
      next: `make status shows how the cluster is; then make up. It lets pods on the node again once it is Ready`,
    });
  }
  if (isSole || lostMachines(variables).has(name)) {
    say(`${name}: the cluster's API does not answer: it is restarted without a drain`);
    return;
  }
  throw new OperatorError({
    what: `The cluster's API does not answer, so ${name} is not restarted; nothing was changed.`,
    why: fault.why,
    next:
      `bring the API back and type the same command again. If the restart of ${name} is what brings it back: make up LOST=${name}, or\n` +
      `${LOST_VARIABLE}=${name} in the environment of pulumi`,
  });
}

async function main(): Promise<void> {
  const restart = readArguments(process.argv.slice(2));
  const { when, machine, ...options } = restart;
  await withClusterOfInput(
    (api) =>
      when === "after"
        ? finishRestart(api, machine, {})
        : prepareRestart(api, machine, { ...options, checkOnly: when === "check" }),
    (error) => settleSilence(restart, error),
    { check: 0, before: API_PATIENCE, after: READY_DEADLINE }[when],
  );
}

/** What infra calls before and after it restarts a machine; the kubeconfig comes on standard input. */
if (require.main === module) {
  exitWith(main());
}
