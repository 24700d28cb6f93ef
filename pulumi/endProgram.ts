import * as pulumi from "@pulumi/pulumi";

/** Exit code by which the language host knows that the program has said why itself. */
const SAID_WHY = 32;

/**
 * Ends the program with a text, as a Refusal does, while a request of it is under way that has no end: Node.js would wait for its answer.
 */
export async function endProgram(text: string): Promise<never> {
  await pulumi.log.error(text);
  process.exit(SAID_WHY);
}
