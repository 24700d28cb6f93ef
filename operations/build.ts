import { parseArgs } from "node:util";

import { exitWith } from "../lib/exit";
import { readStackFile } from "./engine/stackFile";
import { type Choice, chooseTools, toolsMode } from "./official-tools/choose";
import { officialTools } from "./official-tools/programs";
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
  const { taken, line } = tools.includes("operator")
    ? await choose(values.environment)
    : { taken: {} };
  if (line !== undefined) {
    console.error(line);
  }
  await ensureTools(tools, {
    taken,
    stdout: FOR_A_SHELL.has(command) ? "shell" : "terminal",
    beside: tools.includes("lab") ? prepareLab : undefined,
  });
}

async function choose(environment: string): Promise<Choice> {
  const mode = toolsMode(process.env.TOOLS);
  const { kubernetes, labPassphrase } = readStackFile(environment);
  return chooseTools(mode, officialTools(labPassphrase === undefined ? kubernetes : undefined));
}

exitWith(main());
