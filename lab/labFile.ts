import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { readEnvironmentFile } from "../apps/environment";
import { vcenterUsers } from "../environment/load/secrets";
import type { Environment } from "../environment/schema";
import { OperatorError } from "../lib/operatorError";
import { checkout } from "../lib/paths";

const secret = z.object({ secure: z.string() });

/** What a lab needs beside the environment; every account of the vCenter with its password. */
const labSchema = (passwordKeys: string[]) =>
  z.object({
    encryptionsalt: z.string(),
    config: z.looseObject({
      "lab:passphrase": z.string(),
      ...Object.fromEntries(passwordKeys.map((key) => [key, secret])),
    }),
  });

/** What the lab reads of Pulumi.<stack>.yaml. */
export interface LabFile {
  environment: Environment;
  /** Path of the file. */
  path: string;
  /** The file's passphrase: public, for what it encrypts opens nothing but containers on the operator's own machine. */
  passphrase: string;
  /** The encrypted passwords of the vCenter's accounts, with the salt they were encrypted under. */
  encryptedPasswords: string;
}

/**
 * Reads the environment of a lab.
 * @throws EnvironmentError with all faults of the file; OperatorError when the environment has no lab.
 */
export function readLabFile(stack: string): LabFile {
  const environment = readEnvironmentFile(stack, { directory: checkout, secrets: true });
  const path = join(checkout, `Pulumi.${stack}.yaml`);
  const keys = vcenterUsers(environment).map(([, key]) => key);
  const read = labSchema(keys).safeParse(parse(readFileSync(path, "utf8")));
  if (!read.success) {
    throw new OperatorError({
      what: `The environment ${stack} does not stand on the embedded lab.`,
      where: path,
      why: z.prettifyError(read.error),
      next: "name an environment that does: --environment dev",
    });
  }
  const { encryptionsalt, config } = read.data;
  const { "lab:passphrase": passphrase } = config;
  return {
    environment,
    path,
    passphrase,
    encryptedPasswords: JSON.stringify([encryptionsalt, keys.map((key) => config[key])]),
  };
}
