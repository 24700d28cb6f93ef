import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 200;

/** Asks until the answer is true or the time is over; returns the last answer. The interval is 200 ms. */
export async function poll(
  question: () => Promise<boolean>,
  deadlineSeconds: number,
): Promise<boolean> {
  const end = Date.now() + deadlineSeconds * 1000;
  for (;;) {
    if (await question()) {
      return true;
    }
    if (Date.now() > end) {
      return false;
    }
    await pause(INTERVAL_MS);
  }
}
