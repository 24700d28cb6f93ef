import { CompleteError } from "../lib/operatorError";

/** One thing that is wrong in an environment file. */
export interface Fault {
  /** Path in the file: `zones.dmz.gateway`, `nodes[2].address`. */
  path: string;
  /** The value there. Undefined if there is none. */
  value: unknown;
  /** What is wrong with it. */
  reason: string;
  /** What would be right. */
  allowed: string;
}

/** All faults of one environment, as one message that says what, where, why and what to do. */
export class EnvironmentError extends CompleteError {
  constructor(
    /** Name of the file to edit, relative to the project's root. */
    readonly file: string,
    readonly faults: readonly Fault[],
  ) {
    super(describe(file, faults));
    this.name = "EnvironmentError";
  }
}

const LONGEST_VALUE = 100;

function describe(file: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const list = faults.map((fault, index) =>
    [
      `  ${index + 1}. ${fault.path} = ${display(fault.value)}`,
      `     ${fault.reason}`,
      `     allowed: ${fault.allowed}`,
    ].join("\n"),
  );
  return [
    `${file} has ${count}. Nothing was created or changed.`,
    ...list,
    `Edit ${file} at the root of the project and run the command again.`,
  ].join("\n");
}

function display(value: unknown): string {
  if (value === undefined) {
    return "(missing)";
  }
  const json = JSON.stringify(value);
  return json.length > LONGEST_VALUE ? `${json.slice(0, LONGEST_VALUE)}...` : json;
}

/** Writes a path as people read it: `nodes[2].address`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") {
      return `${text}[${key}]`;
    }
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
