import { createSocket } from "node:dgram";
import { connect, Socket } from "node:net";

/** A packet to send. */
export interface Attempt {
  from: string;
  to: string;
  protocol: "tcp" | "udp";
  port: number;
}

/** The result: the machine has answered, if only that nothing listens; a firewall has refused it; or nothing at all. */
export type Outcome = "passed" | "refused" | "silence";

/** Seconds until silence is an answer. */
const PATIENCE_SECONDS = 5;

/** Milliseconds until a datagram is sent again. */
const AGAIN_MILLISECONDS = 250;

/** What the kernel says to the sender. */
const OUTCOMES: Record<string, Outcome> = { ECONNREFUSED: "passed", EHOSTUNREACH: "refused" };

/** Sends a packet. */
export function tryOut({ from, to, protocol, port }: Attempt): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let again: NodeJS.Timeout | undefined;
    const socket =
      protocol === "tcp" ? connect({ host: to, port, localAddress: from }) : createSocket("udp4");
    if (socket instanceof Socket) {
      socket.on("connect", () => done("passed"));
    } else {
      // A kernel limits how many refusals it sends in a second, and nothing repeats a datagram by itself.
      socket.bind(0, from, () =>
        socket.connect(port, to, () => {
          socket.send("x");
          again = setInterval(() => socket.send("x"), AGAIN_MILLISECONDS);
        }),
      );
    }
    const timer = setTimeout(() => done("silence"), PATIENCE_SECONDS * 1000);
    const done = (outcome: Outcome): void => {
      clearTimeout(timer);
      clearInterval(again);
      socket.removeAllListeners().on("error", () => undefined);
      if (socket instanceof Socket) {
        socket.destroy();
      } else {
        socket.close();
      }
      resolve(outcome);
    };
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const outcome = OUTCOMES[error.code ?? ""];
      if (outcome === undefined) {
        reject(error);
      } else {
        done(outcome);
      }
    });
  });
}

/** A process of its own, in the namespace of the sender: attempts on standard input, outcomes on standard output. */
async function main(): Promise<void> {
  let input = "";
  for await (const chunk of process.stdin) {
    input += String(chunk);
  }
  const outcomes = await Promise.all((JSON.parse(input) as Attempt[]).map(tryOut));
  process.stdout.write(JSON.stringify(outcomes));
}

if (require.main === module) {
  void main();
}
