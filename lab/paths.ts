import { realpathSync } from "node:fs";
import { join } from "node:path";

import { OperatorError } from "../lib/operatorError";
import { cacheDirectory, checkout, stateDirectory, toolchain } from "../lib/paths";

/** The lab's source files that are no TypeScript: node template, table of images. */
export const labSource = join(checkout, "lab");

/** What can be made again: Debian's part of the node template, content of the image registry. */
export const labCache = join(cacheDirectory(), "lab");

/** What a running lab needs: certificates, configuration, logs, the vCenter's journal. Mode 0700. */
export const labState = join(stateDirectory(), "lab");

/** Name of a file in the lab's state. */
export function stateFile(name: string): string {
  return join(labState, name);
}

/**
 * The folder with the binaries the lab runs. Resolved, so that a container that mounts one keeps it when the toolchain is
 * rebuilt.
 * @throws OperatorError when the toolchain is not built.
 */
export function labBinaries(): string {
  try {
    return realpathSync(join(toolchain, "lab"));
  } catch {
    throw new OperatorError({
      what: "The programs the lab runs are not built.",
      where: join(toolchain, "lab"),
      next: "make toolchain",
    });
  }
}
