import { parseArgs } from "node:util";

import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { Progress } from "../lib/progress";
import { down, refuseUnremovable } from "./down";
import { ensureHost } from "./host/host";
import { readLabFile } from "./labFile";
import { withLabLock } from "./lock";
import { renderParts } from "./parts";
import { labParts } from "./status";
import { prepare, up } from "./up";

const commands: Record<string, (environment: string) => Promise<void>> = {
  up: (stack) => {
    const file = readLabFile(stack);
    return withLabLock(() => up(file, new Progress()));
  },
  // The remains of a lab go even when its configuration has been broken since.
  down: (stack) => withLabLock(() => down(stack, new Progress())),
  // Whether down can begin, for what has to be dropped together with the lab.
  removable: (stack) => refuseUnremovable(stack),
  // What takes minutes and needs none of the programs that are compiled meanwhile.
  prepare: (stack) => {
    const { environment } = readLabFile(stack);
    return withLabLock(() => prepare(environment, new Progress()));
  },
  // For what needs docker before there is a lab: the tests.
  host: () => withLabLock(() => ensureHost(new Progress())),
  status: async (stack) => {
    const parts = await labParts(readLabFile(stack).environment);
    console.log(renderParts(parts));
    process.exitCode = parts.every(({ ok }) => ok) ? 0 : 1;
  },
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { environment: { type: "string", default: "dev" } },
  });
  const command = commands[positionals[0] ?? ""];
  if (command === undefined) {
    throw new OperatorError({
      what: `There is no command "${positionals[0] ?? ""}".`,
      next: `use: node dist/lab/cli.js ${Object.keys(commands).join("|")} --environment dev`,
    });
  }
  await command(values.environment);
}

exitWith(main());
