import { OBJECTS, PATCHES, type RecordedCluster, type RecordedStep } from "./recorded";

/** What each step, OBJECTS and PATCHES wait for, by name: the fewest things that they need. */
export type Order = ReadonlyMap<string, readonly string[]>;

/**
 * The order in which a script makes the cluster as fast as can be: each step waits for what it needs, and for nothing else. All machines
 * are prepared at once, and all join at once. The control planes join with the secrets of one step, the first one's: each upload of
 * the certificates would take the place of the one before. etcd admits one learner at a time, and kubeadm waits for its turn.
 *
 * @param controlPlanes - Names of those machines.
 */
export function fastestOrder({ steps }: RecordedCluster, controlPlanes: readonly string[]): Order {
  const named = (kind: RecordedStep["kind"], machine: string | undefined): string[] =>
    steps
      .filter((one) => one.kind === kind && one.machine === machine)
      .map(({ name }) => name)
      .slice(0, 1);
  const ready = (machine: string | undefined): string[] => {
    const hardened = named("harden", machine);
    return hardened.length > 0 ? hardened : named("prepare", machine);
  };
  const initialize = named("initialize", undefined);
  const [sharedMint] = mintsOf(steps, controlPlanes);
  const needs = (step: RecordedStep): string[] => {
    switch (step.kind) {
      case "prepare":
        return [];
      case "harden":
        return named("prepare", step.machine);
      case "initialize": {
        const own = steps.find(
          ({ kind, login }) => kind === "prepare" && login.address === step.login.address,
        );
        return ready(own?.machine);
      }
      case "mint":
        return initialize;
      case "join":
        return [...mintFor(steps, step, controlPlanes), ...ready(step.machine)];
      case "other":
        return step.after;
    }
  };
  const run = steps.filter(
    ({ kind, machine = "", name }) =>
      kind !== "mint" || !controlPlanes.includes(machine) || name === sharedMint,
  );
  const names = new Set([...run.map(({ name }) => name), OBJECTS, PATCHES]);
  const joins = run.filter(({ kind }) => kind === "join").map(({ name }) => name);
  return new Map([
    ...run.map(({ name, ...step }) => [name, only(names, needs({ name, ...step }))] as const),
    [OBJECTS, initialize],
    // Labels and taints of nodes, which the cloud controller manager must have seen before.
    [PATCHES, [...joins, ...run.filter(isInitialization).map(({ name }) => name)]],
  ]);
}

/** The step whose secrets a machine joins with. */
export function mintFor(
  steps: readonly RecordedStep[],
  { machine = "" }: Pick<RecordedStep, "machine">,
  controlPlanes: readonly string[],
): string[] {
  const own = steps.filter((one) => one.kind === "mint" && one.machine === machine);
  return controlPlanes.includes(machine)
    ? mintsOf(steps, controlPlanes).slice(0, 1)
    : own.map(({ name }) => name);
}

function mintsOf(steps: readonly RecordedStep[], controlPlanes: readonly string[]): string[] {
  return steps
    .filter(({ kind, machine = "" }) => kind === "mint" && controlPlanes.includes(machine))
    .map(({ name }) => name);
}

/** Whether it waits for the cloud controller manager: an object and members come before it. */
const isInitialization = ({ kind, after }: RecordedStep): boolean =>
  kind === "other" && after.includes(OBJECTS);

const only = (names: ReadonlySet<string>, of: readonly string[]): string[] =>
  of.filter((name) => names.has(name));
