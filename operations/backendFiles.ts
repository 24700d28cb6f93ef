import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Engine } from "./engine";
import { OperatorError } from "./operatorError";
import type { StackProject } from "./stacks";

function isComplete(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch {
    return false;
  }
}

function removeBrokenAttributes(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (name.endsWith(".attrs") && !isComplete(path)) {
      rmSync(path);
    }
  }
}

/**
 * Makes the files of a file:// backend readable again for the engine after a `pulumi` was killed or the disk ran full.
 *
 * Unless the backend's URL says `metadata=skip`, each file has a sidecar with its attributes (`.attrs`), which is written in
 * place: a SIGKILL at that moment leaves it empty, and the engine then reads nothing any more ("EOF"). It can do without, so
 * a broken one is removed. A state that is not complete itself is replaced by the one before the current write (`.bak`): that knows of everything that had been begun,
 * since the engine notes an operation before it starts it, and what came of it is settled afterwards. The broken file is
 * kept (`.broken`). Nobody may be writing the state meanwhile: see refuseWhileLocked.
 *
 * @throws OperatorError when the state and its backup are both broken.
 */
export function mendBackendFiles(
  engine: Pick<Engine, "backendUrl" | "environment">,
  project: StackProject,
): void {
  if (!engine.backendUrl.startsWith("file://")) {
    return;
  }
  const root = join(fileURLToPath(engine.backendUrl), ".pulumi");
  removeBrokenAttributes(join(root, "stacks"));
  removeBrokenAttributes(join(root, "locks"));
  const path = join(root, "stacks", project.name, `${engine.environment}.json`);
  if (!existsSync(path) || isComplete(path)) {
    return;
  }
  const backup = `${path}.bak`;
  if (!isComplete(backup)) {
    throw new OperatorError({
      what: `The state of stack ${project.name} is broken, and so is its backup.`,
      where: path,
      next: "put a copy of your own there, or the newest complete one of .pulumi/history; it is JSON",
    });
  }
  console.log(`The state of ${project.name} is not complete; the one before is put back.`);
  const fresh = `${path}.new`;
  writeFileSync(fresh, readFileSync(backup), { mode: 0o600 });
  renameSync(path, `${path}.broken`);
  renameSync(fresh, path);
}
