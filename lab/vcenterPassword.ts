import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { toolchain } from "../operations/paths";
import { run } from "./command";
import { readIfThere, replaceFile } from "./files";
import { fingerprint } from "./fingerprint";
import type { LabFile } from "./labFile";
import { stateFile } from "./places";

/** The password in clear, mode 0600: the simulated vCenter reads it. */
export const passwordFile = stateFile("vcenter.password");
/** Fingerprint of the encrypted value that the password came from. */
const originFile = stateFile("vcenter.password.origin");

/**
 * Sees to the file with the password of the vCenter's account: the one that the programs read from the secret
 * vsphere:password, so that it stands in one place only. Pulumi decrypts it, in a project and with a state of its own.
 */
export async function ensureVcenterPassword(file: LabFile): Promise<void> {
  const origin = fingerprint(file.encryptedPassword, file.passphrase);
  if (readIfThere(originFile) === origin && readIfThere(passwordFile) !== undefined) {
    return;
  }
  const folder = stateFile("password");
  rmSync(folder, { recursive: true, force: true });
  try {
    replaceFile(passwordFile, await decrypt(file, folder), 0o600);
    replaceFile(originFile, origin, 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Forgets the password in clear. */
export function forgetVcenterPassword(): void {
  rmSync(passwordFile, { force: true });
  rmSync(originFile, { force: true });
}

async function decrypt(
  { environment: { stack }, path, passphrase }: LabFile,
  folder: string,
): Promise<string> {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "lab", runtime: "nodejs" }));
  copyFileSync(path, join(folder, `Pulumi.${stack}.yaml`));
  const pulumi = (...args: string[]): Promise<string> =>
    run(
      join(toolchain, "bin", "pulumi"),
      [...args, "--non-interactive", "--cwd", folder],
      {
        what: "The password of the simulated vCenter cannot be read.",
        where: `vsphere:password in ${path}`,
        next: "set it again under the passphrase lab:passphrase of that file: pulumi config set --secret vsphere:password",
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
  return pulumi("config", "get", "vsphere:password", "--stack", stack);
}
