import { ESLint } from "eslint";
import * as ts from "typescript";

import { exitWith } from "../lib/exit";

/**
 * What `make types` and `make lint` say, in one process and from nothing: both need the checked program, which is most of the work.
 * `make check` has them side by side, and what each remembers of the last time.
 */
async function main(): Promise<void> {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
    },
  };
  const nothingKept = { noEmit: true, incremental: false, tsBuildInfoFile: undefined };
  const config = ts.getParsedCommandLineOfConfigFile("tsconfig.json", nothingKept, host)!;
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options });
  const faults = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
  process.stdout.write(
    ts.formatDiagnostics(faults, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => "\n",
    }),
  );

  const parserOptions = { programs: [program], projectService: false };
  const eslint = new ESLint({
    overrideConfig: { files: ["**/*.ts"], languageOptions: { parserOptions } },
  });
  const results = await eslint.lintFiles(["."]);
  const found = results.reduce((sum, one) => sum + one.errorCount + one.warningCount, 0);
  process.stdout.write(await (await eslint.loadFormatter()).format(results));

  if (results.length === 0 || faults.length + found > 0) {
    process.exitCode = 1;
  }
}

exitWith(main());
