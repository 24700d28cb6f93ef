import { readFileSync } from "node:fs";

import { OperatorError } from "../../lib/operatorError";
import { publicPassphrases, type StackFile } from "./stackFile";

/** The error about a wrong passphrase, wherever it is found. */
export function wrongPassphrase(environment: string, why?: string): OperatorError {
  return new OperatorError({
    what: `The passphrase is missing, or not the one of environment "${environment}". Nothing was changed.`,
    where: `Pulumi.${environment}.yaml`,
    ...(why === undefined ? {} : { why }),
    next: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE; for the lab, unset both",
  });
}

/** The passphrase that the operator's shell gives, as the engine would take it. */
function givenPassphrase(variables: NodeJS.ProcessEnv): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = variables;
  return given ?? (file === undefined ? undefined : readFileSync(file, "utf8").trim());
}

/**
 * Compares the operator's passphrase with what is known of it beforehand: the lab's own is public,
 * and no other environment may be encrypted with that.
 * @throws OperatorError when it is the wrong one.
 */
export function checkGivenPassphrase(
  environment: string,
  { labPassphrase }: StackFile,
  variables: NodeJS.ProcessEnv = process.env,
): void {
  const given = givenPassphrase(variables);
  if (given === undefined) {
    return;
  }
  if (labPassphrase !== undefined && given !== labPassphrase) {
    throw wrongPassphrase(environment, "another one is set in this shell");
  }
  if (labPassphrase === undefined && publicPassphrases().includes(given)) {
    throw wrongPassphrase(environment, "the one in this shell is the lab's, which is public");
  }
}
