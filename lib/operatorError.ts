/** The parts of an error text an operator can act on. */
export interface Fault {
  /** What went wrong, one sentence. */
  what: string;
  /** Where: a file, key, host, stack or address. */
  where?: string;
  /** Why, as far as it is known; the last lines of a log are welcome. */
  why?: string;
  /** The next step, best a command to type. */
  next: string;
}

/** An error whose text is all that an operator needs. It is printed without a stack trace; anything else is a defect. */
export abstract class CompleteError extends Error {}

/** What an operator can set right. It ends the command with exit code 1. */
export class OperatorError extends CompleteError {
  constructor(readonly fault: Fault) {
    super(describeFault(fault));
    this.name = "OperatorError";
  }
}

/** Renders a fault: one line for what happened, then one indented line for each part that is known. */
export function describeFault(fault: Fault): string {
  const lines = [fault.what];
  if (fault.where !== undefined) {
    lines.push(`  where: ${fault.where}`);
  }
  if (fault.why !== undefined) {
    lines.push(`  why:   ${fault.why.trimEnd().split("\n").join("\n         ")}`);
  }
  lines.push(`  next:  ${fault.next.split("\n").join("\n         ")}`);
  return lines.join("\n");
}
