import { quote } from "shell-quote";

/** Renders variables as lines a POSIX shell can evaluate: `eval "$(make env)"`. */
export function shellExports(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote([value])}`)
    .join("\n");
}
