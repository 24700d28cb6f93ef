import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { checkout } from "../../lib/paths";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { VSPHERE_PLUGIN } from "./programs";

/**
 * Folder of the SDK. node_modules/@pulumi/vsphere links to it, because a lockfile cannot hold a package that the registry it was made
 * with does not have; so `npm ci` passes with a registry that has the package as with one that has not.
 */
const SDK = join(checkout, "sdks", "vsphere");

/** The toolchain's builder leaves this file in an SDK that it has generated (toolchain/internal/view/checkout.go). */
const GENERATED = ".piece";

/** Milliseconds that the registry may take. */
const FETCH_MS = 60_000;

/**
 * Whether the SDK of the vSphere plugin is the official npm package. Where the checkout has no SDK yet, the package is fetched from the
 * registry that npm uses; npm compares it with the registry's checksum. Where that fails, the toolchain generates an SDK.
 *
 * @param folder - Of the SDK.
 */
export async function hasOfficialSdk(folder = SDK): Promise<boolean> {
  if (!existsSync(join(folder, "package.json"))) {
    await withTemporaryFolder((temporary) => fetchSdk(temporary, folder));
  }
  return existsSync(join(folder, "package.json")) && !existsSync(join(folder, GENERATED));
}

async function fetchSdk(temporary: string, folder: string): Promise<void> {
  const name = `@pulumi/vsphere@${VSPHERE_PLUGIN}`;
  const run = (command: string, ...args: string[]) =>
    execa(command, args, { cwd: temporary, reject: false, stdin: "ignore", timeout: FETCH_MS });
  const packed = await run("npm", "pack", name, "--silent", "--fetch-retries=0");
  const file = packed.stdout.trim();
  if (packed.failed || (await run("tar", "-xzf", file)).failed) {
    return;
  }
  const fetched = join(temporary, "package");
  const { version } = JSON.parse(readFileSync(join(fetched, "package.json"), "utf8")) as {
    version: string;
  };
  if (version === VSPHERE_PLUGIN) {
    const fresh = `${folder}.new`;
    rmSync(fresh, { recursive: true, force: true });
    cpSync(fetched, fresh, { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  }
}
