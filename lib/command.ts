import { createInterface } from "node:readline";

import { execa, type Options } from "execa";

import { OperatorError } from "./operatorError";

/** How a failed command is explained. */
export interface Explanation {
  what: string;
  where?: string;
  next: string;
}

const LAST_LINES = 15;

/**
 * Runs a program and returns its standard output.
 * @throws OperatorError with the program's last lines when it fails.
 */
export async function run(
  program: string,
  args: string[],
  explanation: Explanation,
  options: Options = {},
): Promise<string> {
  const result = await execa(program, args, { ...options, reject: false });
  if (result.failed) {
    throw new OperatorError({
      ...explanation,
      why: lastLines(String(result.stderr ?? "")) || result.shortMessage,
    });
  }
  return String(result.stdout);
}

/** As `run`, and passes on the lines `::: text` by which our own programs tell where they are. */
export async function runWithProgress(
  program: string,
  args: string[],
  explanation: Explanation,
  at: (part: string) => void,
): Promise<void> {
  const child = execa(program, args, { reject: false, stdin: "ignore", buffer: { stdout: false } });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("::: ")) {
      at(line.slice(4));
    }
  }
  const result = await child;
  if (result.failed) {
    throw new OperatorError({
      ...explanation,
      why: lastLines(String(result.stderr ?? "")) || result.shortMessage,
    });
  }
}

/** True when a program can be found and says so by exit code 0. */
export async function succeeds(program: string, args: string[]): Promise<boolean> {
  return !(await execa(program, args, { reject: false, stdio: "ignore" })).failed;
}

/** The end of a longer text. */
export function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
}
