import { EnvironmentError } from "../environment/faults";
import { OperatorError } from "./operatorError";

/**
 * Ends the process with what a command came to: an operator's fault prints its text only, a defect
 * prints its trace; both end with exit code 1.
 */
export function report(command: Promise<void>): void {
  command.catch((error: unknown) => {
    const complete = error instanceof OperatorError || error instanceof EnvironmentError;
    const text = complete ? error.message : (error as Error).stack;
    console.error(`\nerror: ${text}`);
    process.exitCode = 1;
  });
}

/** Seconds since `start` (milliseconds of Date.now()) as an operator reads them: 7 s, 3 min 12 s. */
export function elapsed(start: number, now: number = Date.now()): string {
  const seconds = Math.round((now - start) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
