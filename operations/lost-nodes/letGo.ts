import { OperatorError } from "../../lib/operatorError";
import { Engine } from "../engine/engine";
import {
  machinesOf,
  readRemoteSteps,
  type RemoteStep,
  withoutDeletes,
} from "../engine/remoteSteps";
import { selectProjects, type StackProject } from "../engine/stacks";
import { type Driver, exportStack, importStack } from "../engine/stackState";
import { moveFormerNames } from "../recovery/formerNames";
import { refuseWhileLocked } from "../recovery/stateLocks";
import { silentHosts } from "./reachability";

/** The SSH server's. */
const PORTS = [22];

/** A machine on which no delete step runs. */
interface LetGo {
  /** Its name, or its address where no step has the name. */
  machine: string;
  host: string;
  urns: string[];
}

/** Returns those of the addresses that do not answer. */
type Call = (hosts: string[]) => Promise<Set<string>>;

const callBySsh: Call = (hosts) => silentHosts(hosts, PORTS);

/**
 * The silent machines among those that delete steps would log in on.
 *
 * @param only - Names of the machines that are meant. @default all
 */
export function toLetGo(
  steps: readonly RemoteStep[],
  silent: ReadonlySet<string>,
  only?: readonly string[],
): LetGo[] {
  const machines = machinesOf(steps);
  const deleting = steps.filter(({ deletes }) => deletes);
  return [...new Set(deleting.map(({ host }) => host))].flatMap((host) => {
    const machine = machines.get(host) ?? host;
    return silent.has(host) && (only === undefined || only.includes(machine))
      ? [
          {
            machine,
            host,
            urns: deleting.filter((step) => step.host === host).map(({ urn }) => urn),
          },
        ]
      : [];
  });
}

/** The line about a machine that is let go. */
export function describeLetGo({ machine, host, urns }: LetGo): string {
  return `Machine ${machine} does not answer at ${host}:22: what ${urns.length} steps did there is not undone.`;
}

/**
 * Removes the delete steps on machines that do not answer from a stack's state: a destroy would try to log in on each of them for
 * five minutes, and fail. A machine that answers keeps its delete steps.
 *
 * @param only - Names of the machines that are meant. @default all
 * @returns Names of the machines that were let go.
 */
export async function letGoOfSilent(
  engine: Driver,
  project: StackProject,
  { only, call = callBySsh }: { only?: readonly string[]; call?: Call } = {},
): Promise<string[]> {
  const steps = await readRemoteSteps(engine, project);
  const machines = machinesOf(steps);
  const hosts = steps
    .filter(({ deletes, host }) => deletes && (only?.includes(machines.get(host) ?? "") ?? true))
    .map(({ host }) => host);
  const gone = hosts.length === 0 ? [] : toLetGo(steps, await call(hosts), only);
  if (gone.length > 0) {
    const exported = await exportStack(engine, project);
    const urns = new Set(gone.flatMap((one) => one.urns));
    await importStack(engine, project, withoutDeletes(exported, urns), exported);
    gone.forEach((one) => console.log(describeLetGo(one)));
  }
  return gone.map(({ machine }) => machine);
}

/**
 * The same as a command, for operators who then run plain `pulumi destroy` or `pulumi up`.
 *
 * @param names - Machines, separated by commas.
 * @throws OperatorError when one of them is unknown, or answers; then nothing is changed.
 */
export async function letGo(environment: string, names: string | undefined): Promise<void> {
  const engine = new Engine(environment);
  await moveFormerNames(engine);
  const [project] = selectProjects("cluster");
  refuseWhileLocked(engine, project);
  const only = (names ?? "").split(",").filter((name) => name !== "");
  const known = [...machinesOf(await readRemoteSteps(engine, project)).values()];
  const unknown = only.filter((name) => !known.includes(name));
  if (only.length === 0 || unknown.length > 0) {
    throw new OperatorError({
      what:
        only.length === 0
          ? "Say which machines are gone."
          : `The stack cluster has no machine ${unknown.join(", ")}.`,
      where: `LOST=${names ?? ""}`,
      next: `use some of LOST=${known.join(",")}`,
    });
  }
  const gone = await letGoOfSilent(engine, project, { only });
  const answering = only.filter((name) => !gone.includes(name));
  if (answering.length > 0) {
    throw new OperatorError({
      what: `${answering.join(", ")}: answers, or has no step that would be undone, and was left as it is.`,
      next: "destroy as always: its steps are undone there",
    });
  }
}
