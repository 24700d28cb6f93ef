import { createInterface } from "node:readline/promises";

import { OperatorError } from "./operatorError";

/** A question before something that cannot be taken back. */
export interface Question {
  /** As it reads in "Type … to <doing>: ". */
  doing: string;
  /** What is lost by it, one sentence. */
  lost: string;
  /** What is said when nobody agrees. */
  refused: string;
  /** How to agree. */
  next: string;
}

/**
 * Asks the operator to type a word.
 * @throws OperatorError when another one is typed, or nobody is at the terminal.
 */
export async function askToType(
  word: string,
  { doing, lost, refused, next }: Question,
): Promise<void> {
  if (process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await terminal.question(`${lost}\nType ${word} to ${doing}: `);
    terminal.close();
    if (answer.trim() === word) {
      return;
    }
  }
  throw new OperatorError({ what: refused, why: lost, next });
}
