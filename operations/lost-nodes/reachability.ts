import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How long a host is called before it counts as silent; milliseconds. */
export interface CallPatience {
  /** For one connection. */
  connect: number;
  /** How often. */
  tries: number;
  /** Between two tries. */
  pause: number;
}

/** About 25 s in all. */
export const CALLS: CallPatience = { connect: 4_000, tries: 5, pause: 1_000 };

/**
 * Those of the addresses that answer on none of the ports. All are called at once. A machine that refuses a connection is there:
 * its kernel has answered.
 */
export async function silentHosts(
  hosts: readonly string[],
  ports: readonly number[],
  patience: CallPatience = CALLS,
): Promise<Set<string>> {
  const silent = await Promise.all(
    [...new Set(hosts)].map(async (host) =>
      (await answersWithin(host, ports, patience)) ? [] : [host],
    ),
  );
  return new Set(silent.flat());
}

async function answersWithin(
  host: string,
  ports: readonly number[],
  patience: CallPatience,
): Promise<boolean> {
  for (let left = patience.tries; left > 0; left--) {
    const answers = await Promise.all(ports.map((port) => answersAt(host, port, patience.connect)));
    if (answers.includes(true)) {
      return true;
    }
    if (left > 1) {
      await delay(patience.pause);
    }
  }
  return false;
}

function answersAt(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED"));
  });
}
