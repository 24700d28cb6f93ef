import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";

/** How long a step of leaving waits, in milliseconds. */
export interface Waits {
  /** For an API that does not answer: a load balancer takes seconds to leave out a control plane that leaves. @default 60 000 */
  answer: number;
  /** For a member of etcd that does not answer. @default 10 000 */
  health: number;
  /** For disks to be detached. @default 300 000 */
  detach: number;
  /** For claims and volumes that were given up. @default 120 000 */
  volumes: number;
  /** Between two lines while something is waited for. @default 30 000 */
  progress: number;
  /** Between two looks. @default 1000 */
  interval: number;
}

export const WAITS: Waits = {
  ...{ answer: 60_000, health: 10_000, detach: 300_000, volumes: 120_000 },
  ...{ progress: 30_000, interval: 1000 },
};

/**
 * Does something that can be repeated until it does not fail.
 * @throws The last error at the deadline; at once what is no OperatorError.
 */
export async function retried<T>(
  work: () => Promise<T>,
  { answer, interval }: Pick<Waits, "answer" | "interval">,
): Promise<T> {
  const attempt = async (): Promise<{ value: T } | { error: OperatorError }> => {
    try {
      return { value: await work() };
    } catch (error) {
      if (!(error instanceof OperatorError)) {
        throw error;
      }
      return { error };
    }
  };
  const last = await poll(attempt, (one) => "value" in one, { deadline: answer, interval });
  if ("error" in last) {
    throw last.error;
  }
  return last.value;
}

/** Says something at most once in a while. */
export function sparingly(say: (line: string) => void, every: number): (line: string) => void {
  let told = Date.now();
  return (line) => {
    if (Date.now() - told >= every) {
      told = Date.now();
      say(line);
    }
  };
}
