import { setTimeout as delay } from "node:timers/promises";

/** How long a poll goes on, in milliseconds. */
export interface Patience {
  /** After the first question. */
  deadline: number;
  /** Between an answer and the next question. @default 200 */
  interval?: number;
}

/**
 * Asks until an answer is final or the deadline has passed, at least once.
 * @returns The last answer, final or not: what a timeout means is the caller's to say.
 */
export async function poll<T>(
  ask: () => T | Promise<T>,
  isFinal: (answer: T) => boolean,
  { deadline, interval = 200 }: Patience,
): Promise<T> {
  for (const end = Date.now() + deadline; ; await delay(interval)) {
    const answer = await ask();
    if (isFinal(answer) || Date.now() > end) {
      return answer;
    }
  }
}

/** Asks until the answer is true; false where the deadline passed before. */
export function waitFor(
  condition: () => boolean | Promise<boolean>,
  patience: Patience,
): Promise<boolean> {
  return poll(condition, Boolean, patience);
}
