import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * Paths of the programs of this name that a shell would find, in the order of PATH; a program that several of its folders lead to
 * is there once.
 */
export function programsOnPath(
  name: string,
  { PATH = "" }: NodeJS.ProcessEnv = process.env,
): string[] {
  const found = new Map<string, string>();
  for (const folder of PATH.split(delimiter).filter(isAbsolute)) {
    const path = join(folder, name);
    if (isProgram(path)) {
      const file = realpathSync(path);
      found.set(file, found.get(file) ?? path);
    }
  }
  return [...found.values()];
}

/** Whether there is a file that may be run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
