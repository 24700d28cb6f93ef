import { loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { silentHosts } from "./reachability";

/** A machine that a step may log in on. */
interface Machine {
  name: string;
  address: string;
}

/** How often machines are called while something runs; milliseconds. */
export interface WatchTimes {
  /** Before the first call: an update without changes ends before it. */
  first: number;
  /** Between two calls. */
  every: number;
}

const TIMES: WatchTimes = { first: 20_000, every: 10_000 };

/** The machines of an environment. */
export function machinesIn({
  nodes,
  loadBalancer,
}: Pick<Environment, "nodes" | "loadBalancer">): Machine[] {
  return [...loadBalancerMachines(loadBalancer), ...nodes];
}

/**
 * Does something, and meanwhile names machines that do not answer by SSH, each once and after two calls: a step that logs in on one
 * waits five minutes for it and prints nothing until then.
 */
export async function namingSilentMachines(
  machines: readonly Machine[],
  work: () => Promise<void>,
  {
    say = console.log,
    times = TIMES,
    call = (hosts: string[]) => silentHosts(hosts, [22], { connect: 5_000, tries: 1, pause: 0 }),
  } = {},
): Promise<void> {
  const missed = new Map<string, number>();
  let timer: NodeJS.Timeout;
  let over = false;
  const look = async (): Promise<void> => {
    const silent = await call(machines.map(({ address }) => address));
    if (over) {
      return;
    }
    for (const { name, address } of machines) {
      const times = silent.has(address) ? (missed.get(name) ?? 0) + 1 : 0;
      missed.set(name, times);
      if (times === 2) {
        say(
          `\nMachine ${name} does not answer at ${address}:22. A step that logs in on it waits five minutes for it and then fails.`,
        );
      }
    }
    timer = setTimeout(() => void look(), times.every);
  };
  timer = setTimeout(() => void look(), times.first);
  try {
    await work();
  } finally {
    over = true;
    clearTimeout(timer);
  }
}
