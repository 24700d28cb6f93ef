import { createInterface } from "node:readline/promises";

import { OperatorError } from "../operatorError";

/** A question before something that cannot be taken back. */
export interface Question {
  /** As it reads in "Type … to <doing>: ". */
  doing: string;
  /** What it loses, one sentence. */
  lost: string;
  /** What the error says when the operator does not agree. */
  refused: string;
  /** How to agree. */
  next: string;
}

/**
 * Asks the operator to type a word.
 * @throws OperatorError when another one is typed, or there is no terminal.
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
