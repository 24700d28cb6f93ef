import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { readEnvironmentFile } from "../environment/file";
import type { Environment } from "../environment/schema";
import { CLOUD_PROVIDER_PASSWORD, VSPHERE_PASSWORD } from "../environment/secrets";
import { OperatorError } from "../operations/operatorError";
import { checkout } from "../operations/paths";

const encrypted = z.object({ secure: z.string() });

const labSchema = z.object({
  encryptionsalt: z.string(),
  config: z.object({
    "lab:passphrase": z.string(),
    [VSPHERE_PASSWORD]: encrypted,
    [CLOUD_PROVIDER_PASSWORD]: encrypted.optional(),
  }),
});

/** What the lab reads of Pulumi.<stack>.yaml. */
export interface LabFile {
  environment: Environment;
  /** Path of the file. */
  path: string;
  /** The file's passphrase: public, for what it encrypts opens nothing but containers on the operator's own machine. */
  passphrase: string;
  /** Encrypted passwords of the vCenter's accounts by their keys, with the salt they were encrypted under. */
  encryptedPasswords: Record<string, string>;
}

/**
 * Reads the environment of a lab.
 * @throws EnvironmentError with all faults of the file; OperatorError when the environment has no lab.
 */
export function readLabFile(stack: string): LabFile {
  const environment = readEnvironmentFile(stack, { directory: checkout, secrets: true });
  const path = join(checkout, `Pulumi.${stack}.yaml`);
  const read = labSchema.safeParse(parse(readFileSync(path, "utf8")));
  if (!read.success) {
    throw new OperatorError({
      what: `The environment ${stack} does not stand on the embedded lab.`,
      where: path,
      why: z.prettifyError(read.error),
      next: "name an environment that does: --environment dev",
    });
  }
  const { encryptionsalt, config } = read.data;
  const { "lab:passphrase": passphrase, ...passwords } = config;
  return {
    environment,
    path,
    passphrase,
    encryptedPasswords: Object.fromEntries(
      Object.entries(passwords).map(([key, { secure }]) => [key, `${encryptionsalt} ${secure}`]),
    ),
  };
}
