// Of this file alone: all of Pulumi takes half a second to load, and every command of the operator would pay it.
import { RunError } from "@pulumi/pulumi/errors";

/**
 * Ends a program with its text alone: what is wrong, where, why, and what to do. For everything a user can set right;
 * for mistakes of the programs themselves an ordinary Error keeps its stack trace.
 *
 * It has no stack: the language host prints it nowhere for this kind of error, yet formats it with colours first, and
 * there Node 20 loops until memory ends over a frame like `node_modules/@pulumi/resource.ts`, which has no package folder
 * after the scope (util.inspect, markNodeModules).
 */
export class Refusal extends RunError {
  constructor(message: string) {
    super(message);
    this.name = "Refusal";
    delete this.stack;
  }
}

/** What a failed function of a provider or of the engine says, without the names of those who passed it on. */
export function essence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^.*(?:invoking|invocation of) \S+( returned an error)?: /s, "").trim();
}
