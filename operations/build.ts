import { parseArgs } from "node:util";

import { exitWith } from "../lib/exit";
import { readStackFile } from "./engine/stackFile";
import { ensureTools, prepareLab, toolsOf } from "./tools";

/** Commands whose standard output is for a shell or a file. */
const FOR_A_SHELL = new Set(["env", "dashboard"]);

/** Builds what a command of `make` runs, and beside it what its lab needs and is not compiled. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { environment: { type: "string", default: "dev" } },
  });
  const [command = ""] = positionals;
  const hasLab = (): boolean => readStackFile(values.environment).labPassphrase !== undefined;
  const tools = toolsOf(command, hasLab);
  await ensureTools(tools, {
    stdout: FOR_A_SHELL.has(command) ? "shell" : "terminal",
    beside: tools.includes("lab") ? prepareLab : undefined,
  });
}

exitWith(main());
