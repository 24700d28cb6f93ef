import type { ChangedFile } from "./machineFiles";
import type { PlannedChange } from "./plannedChanges";

/** What was found in one stack. */
export interface StackDrift {
  stack: string;
  changes: readonly PlannedChange[];
  files: readonly ChangedFile[];
}

/** What an operator reads of what happened to a file. */
const MATTERS: Record<ChangedFile["matter"], string> = {
  changed: "has another content",
  missing: "is gone",
  mode: "has another owner or mode",
};

/** Renders what was found, stack by stack, and counts it. */
export function describeDrift(found: readonly StackDrift[]): { text: string; count: number } {
  const count = found.reduce((sum, { changes, files }) => sum + changes.length + files.length, 0);
  const text = found.map(({ stack, changes, files }) => {
    const lines = [...changes.flatMap(describeChange), ...files.flatMap(describeFile)];
    return lines.length === 0
      ? `${stack}: as the program has it`
      : [`${stack}:`, ...lines.map((line) => `  ${line}`)].join("\n");
  });
  return { text: text.join("\n"), count };
}

function describeChange({ operation, kind, name, properties }: PlannedChange): string[] {
  const told: Record<string, string> = {
    create: "is gone",
    update: "differs",
    replace: "differs, and would be REPLACED",
    delete: "is no longer in the program, and would be DELETED",
  };
  return [
    `${kind} ${name} ${told[operation] ?? `would be: ${operation}`}`,
    ...properties.map((property) => `  ${property}`),
  ];
}

function describeFile({ machine, path, matter, difference }: ChangedFile): string[] {
  return [`${machine}: ${path} ${MATTERS[matter]}`, ...difference.map((line) => `  ${line}`)];
}
