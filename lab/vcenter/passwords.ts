import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { vcenterUsers } from "../../environment/load/secrets";
import { run } from "../../lib/command";
import { readIfThere, replaceFile } from "../../lib/files";
import { fingerprint } from "../../lib/digests/fingerprint";
import { toolchain } from "../../lib/paths";
import type { LabFile } from "../labFile";
import { stateFile } from "../paths";

/** The passwords in clear, mode 0600: the simulated vCenter reads them. */
const passwordFolder = stateFile("vcenter-passwords");
/** Fingerprint of the encrypted values that the passwords came from. */
const originFile = join(passwordFolder, "origin");

/** An account of the simulated vCenter. */
export interface VcenterAccount {
  user: string;
  passwordFile: string;
}

/** The accounts that the environment names, the administrator's first. */
export function vcenterAccounts(environment: LabFile["environment"]): VcenterAccount[] {
  return vcenterUsers(environment).map(([user, key]) => ({ user, passwordFile: fileOf(key) }));
}

function fileOf(key: string): string {
  return join(passwordFolder, key.replace(":", "-"));
}

/**
 * Writes the files with the passwords of the vCenter's accounts: those that the programs read from encrypted configuration, so
 * that each stands in one place only. Pulumi decrypts them, in a project and with a state of its own.
 */
export async function ensureVcenterPasswords(file: LabFile): Promise<void> {
  const origin = fingerprint(file.encryptedPasswords, file.passphrase);
  if (readIfThere(originFile) === origin) {
    return;
  }
  const folder = stateFile("password");
  rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(passwordFolder, { recursive: true, mode: 0o700 });
    const keys = vcenterUsers(file.environment).map(([, key]) => key);
    for (const [key, password] of await decrypt(file, folder, keys)) {
      replaceFile(fileOf(key), password, 0o600);
    }
    replaceFile(originFile, origin, 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Forgets the passwords in clear. */
export function forgetVcenterPasswords(): void {
  rmSync(passwordFolder, { recursive: true, force: true });
}

async function decrypt(
  { environment: { stack }, path, passphrase }: LabFile,
  folder: string,
  keys: string[],
): Promise<[key: string, password: string][]> {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "lab", runtime: "nodejs" }));
  copyFileSync(path, join(folder, `Pulumi.${stack}.yaml`));
  const pulumi = (...args: string[]): Promise<string> =>
    run(
      join(toolchain, "bin", "pulumi"),
      [...args, "--non-interactive", "--cwd", folder],
      {
        what: "A password of the simulated vCenter cannot be read.",
        where: `${args.find((arg) => keys.includes(arg)) ?? keys.join(", ")} in ${path}`,
        next: "set it again under the passphrase lab:passphrase of that file: pulumi config set --secret <key>",
      },
      {
        env: {
          PULUMI_HOME: join(folder, "home"),
          PULUMI_BACKEND_URL: `file://${state}`,
          PULUMI_CONFIG_PASSPHRASE: passphrase,
          PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
  await pulumi("stack", "init", stack);
  const passwords: [string, string][] = [];
  for (const key of keys) {
    passwords.push([key, await pulumi("config", "get", key, "--stack", stack)]);
  }
  return passwords;
}
