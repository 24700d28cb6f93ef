import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The nearest folder above with the project's package.json, from the sources as from dist/. */
function nearestPackage(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : nearestPackage(dirname(folder));
}

/** The checkout: the root of this repository on this machine. */
export const checkout = nearestPackage(__dirname);

/** Everything the toolchain has built; a link that `make toolchain` sets. */
export const toolchain = join(checkout, ".toolchain");

/** What can be made again: built programs, images. Follows the XDG base directory specification. */
export function cacheDirectory(variables: NodeJS.ProcessEnv = process.env): string {
  return join(variables.XDG_CACHE_HOME || join(homedir(), ".cache"), "sitewright");
}

/**
 * What outlives a checkout: Pulumi state, the lab's certificates, kubeconfig files. Mode 0700.
 * Follows the XDG base directory specification.
 */
export function stateDirectory(variables: NodeJS.ProcessEnv = process.env): string {
  return join(variables.XDG_STATE_HOME || join(homedir(), ".local", "state"), "sitewright");
}
