import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { CLOUD_PROVIDER_PASSWORD, VSPHERE_PASSWORD } from "../environment/secrets";
import { toolchain } from "../operations/paths";
import { run } from "./command";
import { readIfThere, replaceFile } from "./files";
import { fingerprint } from "./fingerprint";
import type { LabFile } from "./labFile";
import { labState, stateFile } from "./places";

/** How the names of the files with passwords in clear begin; they have mode 0600, and the simulated vCenter reads them. */
const PREFIX = "vcenter.password";

/** The password of the account that clones. */
export const passwordFile = fileOf(VSPHERE_PASSWORD);
/** The password of the account of the cloud controller manager. */
export const cloudProviderPasswordFile = fileOf(CLOUD_PROVIDER_PASSWORD);

function fileOf(key: string): string {
  return stateFile(`${PREFIX}.${key.replace(":", "-")}`);
}

/** Fingerprint of the encrypted value that a password came from. */
function originOf(key: string): string {
  return `${fileOf(key)}.origin`;
}

/**
 * Sees to the files with the passwords of the vCenter's accounts: those that the programs read from the secrets of the
 * environment, so that they stand in one place only. Pulumi decrypts them, in a project and with a state of its own.
 */
export async function ensureVcenterPasswords(file: LabFile): Promise<void> {
  const origins = Object.entries(file.encryptedPasswords).map(
    ([key, encrypted]) => [key, fingerprint(encrypted, file.passphrase)] as const,
  );
  const missing = origins.filter(
    ([key, origin]) =>
      readIfThere(originOf(key)) !== origin || readIfThere(fileOf(key)) === undefined,
  );
  if (missing.length === 0) {
    return;
  }
  const folder = stateFile("password");
  rmSync(folder, { recursive: true, force: true });
  try {
    const decrypt = await decryptor(file, folder);
    for (const [key, origin] of missing) {
      replaceFile(fileOf(key), await decrypt(key), 0o600);
      replaceFile(originOf(key), origin, 0o600);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Forgets the passwords in clear. */
export function forgetVcenterPasswords(): void {
  for (const name of namesInState().filter((one) => one.startsWith(PREFIX))) {
    rmSync(stateFile(name), { force: true });
  }
}

function namesInState(): string[] {
  try {
    return readdirSync(labState);
  } catch {
    return [];
  }
}

/** What gives the value of a secret of the file, by its key. */
async function decryptor(
  { environment: { stack }, path, passphrase }: LabFile,
  folder: string,
): Promise<(key: string) => Promise<string>> {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "lab", runtime: "nodejs" }));
  copyFileSync(path, join(folder, `Pulumi.${stack}.yaml`));
  const pulumi = (...args: string[]): Promise<string> =>
    run(
      join(toolchain, "bin", "pulumi"),
      [...args, "--non-interactive", "--cwd", folder],
      {
        what: "The passwords of the simulated vCenter cannot be read.",
        where: path,
        next: "set them again under the passphrase lab:passphrase of that file: pulumi config set --secret KEY",
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
  return (key) => pulumi("config", "get", key, "--stack", stack);
}
