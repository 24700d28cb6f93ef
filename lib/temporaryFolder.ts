import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { stateDirectory } from "./paths";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Runs something with a folder for its temporary files, mode 0700, and removes the folder afterwards. The engine's plugins leave files
 * behind, and one of them is the administrator's kubeconfig. Folders of processes that were killed go as well.
 */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(stateDirectory(), "tmp");
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(parent, `${process.pid}-`));
  for (const name of readdirSync(parent)) {
    if (!isAlive(Number(name.split("-")[0]))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
