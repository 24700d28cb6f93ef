import { parseArgs } from "node:util";

import { dashboard } from "./dashboard";
import { down } from "./down";
import { engineVariables } from "./engine";
import { writeKubeconfig } from "./kubeconfig";
import { OperatorError } from "./operatorError";
import { preview } from "./preview";
import { report } from "./report";
import { status } from "./status";
import { up } from "./up";
import { shellExports } from "./variables";

type Command = (environment: string, stack?: string) => Promise<void> | void;

const commands: Record<string, Command> = {
  up,
  down,
  preview,
  status,
  dashboard,
  kubeconfig: async (environment) => {
    const path = await writeKubeconfig(environment);
    console.log(`Written with mode 0600. Use it: export KUBECONFIG=${path}`);
  },
  env: (environment) => {
    console.log(shellExports(engineVariables(environment)));
  },
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      environment: { type: "string", default: "dev" },
      stack: { type: "string" },
    },
  });
  const command = commands[positionals[0] ?? ""];
  if (command === undefined) {
    throw new OperatorError({
      what: `There is no command "${positionals[0] ?? ""}".`,
      next: `use one of ${Object.keys(commands).join(", ")}; make help explains them`,
    });
  }
  await command(values.environment, values.stack || undefined);
}

// Ctrl-C reaches pulumi and the lab as members of this process group; they end in their own time and
// report, so this process only has to outlive them.
process.on("SIGINT", () => undefined);

report(main());
