import { createInterface, type Interface } from "node:readline/promises";

import { type Fault, OperatorError } from "../operatorError";

/** How an operator is asked. */
export interface Dialog {
  /** Asks one question and returns the line that is typed. */
  ask: (question: string) => Promise<string>;
  say: (line: string) => void;
}

/** Whether an operator can be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY;
}

/**
 * Has questions asked on the terminal.
 *
 * @param cut - The error when the input ends before all were answered.
 * @param output - Where questions go; standard output may be for a shell. @default standard output
 */
export async function onTerminal<T>(
  work: (dialog: Dialog) => Promise<T>,
  cut: Fault,
  output: NodeJS.WritableStream = process.stdout,
): Promise<T> {
  const terminal: Interface = createInterface({ input: process.stdin, output });
  const closed = new AbortController();
  // Without the signal a question would wait for ever when the input ends.
  terminal.once("close", () => closed.abort());
  try {
    return await work({
      ask: (question) => terminal.question(question, { signal: closed.signal }),
      say: (line) => {
        output.write(`${line}\n`);
      },
    });
  } catch (error) {
    throw closed.signal.aborted ? new OperatorError(cut) : error;
  } finally {
    terminal.close();
  }
}
