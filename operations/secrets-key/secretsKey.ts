import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { OperatorError } from "../../lib/operatorError";
import { publicPassphrases } from "../engine/stackFile";

/** What encrypts an environment's secrets. */
export interface SecretsKey {
  /** The engine's name of it: `passphrase`, or the URL of a key that a key management service keeps. */
  provider: string;
  /** The passphrase, where it is one. */
  passphrase?: string;
  /** The variable under which the engine finds it from then on. */
  variables: Record<string, string>;
}

/** Services that the engine knows. Each has variables of its own for who may use the key. */
const SERVICES = /^(awskms|azurekeyvault|gcpkms|hashivault):\/\//;

/**
 * Reads what the operator names: the file of a passphrase, or the URL of a key.
 * @throws OperatorError for a file that is missing, empty, open to others, or holds a passphrase that is public.
 */
export function secretsKey(to: string | undefined): SecretsKey {
  if (to === undefined) {
    throw new OperatorError({
      what: "There is nothing to encrypt with.",
      next: "TO=<file with the new passphrase>, or TO=<URL of a key>, such as awskms://alias/sitewright?region=eu-central-1",
    });
  }
  if (SERVICES.test(to)) {
    return { provider: to, variables: {} };
  }
  const path = resolve(to);
  const refuse = (what: string, next: string, why?: string): OperatorError =>
    new OperatorError({
      what: `${what} Nothing was changed.`,
      where: path,
      next,
      ...(why === undefined ? {} : { why }),
    });
  let content: string;
  let mode: number;
  try {
    content = readFileSync(path, "utf8");
    mode = statSync(path).mode & 0o777;
  } catch (error) {
    throw refuse(
      "The new passphrase cannot be read.",
      "name a file that has it",
      (error as Error).message,
    );
  }
  if ((mode & 0o077) !== 0) {
    throw refuse(
      `Others may read the new passphrase (mode 0${mode.toString(8)}).`,
      `chmod 600 ${path}`,
    );
  }
  // As the engine reads it.
  const passphrase = content.trim();
  if (passphrase === "" || passphrase.includes("\n")) {
    throw refuse("The new passphrase is not one line.", "write it into the file, alone");
  }
  if (publicPassphrases().includes(passphrase)) {
    throw refuse("The new passphrase is the lab's, which is public.", "choose another one");
  }
  return {
    provider: "passphrase",
    passphrase,
    variables: { PULUMI_CONFIG_PASSPHRASE_FILE: path },
  };
}
