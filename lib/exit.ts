import { CompleteError } from "./operatorError";

/**
 * Ends the process with what a command came to: of a complete error only the text is printed, of a defect the trace; both end
 * with exit code 1.
 */
export function exitWith(command: Promise<void>): void {
  command.catch((error: unknown) => {
    console.error(
      `\nerror: ${error instanceof CompleteError ? error.message : (error as Error).stack}`,
    );
    process.exitCode = 1;
  });
}
