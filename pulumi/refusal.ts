// Import only this file: all of Pulumi takes half a second to load, in every command of the operator.
import { RunError } from "@pulumi/pulumi/errors";

/**
 * Ends a program with its text alone: what is wrong, where, why, and what to do. Use it for everything that a user can correct. For a
 * bug of the programs, use an ordinary Error, which keeps its stack trace.
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

/** Message of a failed function of a provider or of the engine, without the prefixes of the layers that passed it on. */
export function essence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^.*(?:invoking|invocation of) \S+( returned an error)?: /s, "").trim();
}
