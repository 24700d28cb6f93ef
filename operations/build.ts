import { parseArgs } from "node:util";

import { exitWith } from "../lib/exit";
import { readStackFile } from "./engine/stackFile";
import { type Choice, chooseTools, NOTHING_TAKEN, toolsMode } from "./official-tools/choose";
import { officialTools } from "./official-tools/programs";
import { hasOfficialSdk } from "./official-tools/vsphereSdk";
import { ensureTools, prepareLab, toolsOf } from "./tools";

/** Commands whose standard output is for a shell or a file. */
const FOR_A_SHELL = new Set(["env", "dashboard"]);

/** Takes, downloads or builds what a command of `make` runs, and makes beside it what its lab needs and is not compiled. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { environment: { type: "string", default: "dev" } },
  });
  const [command = ""] = positionals;
  const hasLab = (): boolean => readStackFile(values.environment).labPassphrase !== undefined;
  const tools = toolsOf(command, hasLab);
  const { line, ...choice } = tools.includes("operator")
    ? await choose(values.environment)
    : NOTHING_TAKEN;
  if (line !== undefined) {
    console.error(line);
  }
  await ensureTools(tools, {
    ...choice,
    stdout: FOR_A_SHELL.has(command) ? "shell" : "terminal",
    beside: tools.includes("lab") ? () => prepareLab(values.environment) : undefined,
  });
}

/** What is taken from this machine, and from npm's registry, in the place of pieces. */
async function choose(environment: string): Promise<Choice> {
  const mode = toolsMode(process.env.TOOLS);
  const { kubernetes, labPassphrase } = readStackFile(environment);
  const tools = officialTools(labPassphrase === undefined ? kubernetes : undefined);
  return chooseTools(mode, tools, hasOfficialSdk);
}

exitWith(main());
