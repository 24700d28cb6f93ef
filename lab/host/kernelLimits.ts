import { readFileSync, writeFileSync } from "node:fs";

import { readIfThere, writeNote } from "../../lib/files";
import type { Progress } from "../../lib/progress";
import { stateFile } from "../paths";

/** Where the kernel's limit of file watchers is, and where the lab notes what it was before. */
const PLACES = {
  limit: "/proc/sys/fs/inotify/max_user_instances",
  before: stateFile("inotify-instances-before"),
};

/**
 * Each node's systemd, containerd and kubelet watch files, and all of them count as one user of this kernel. Six
 * machines use about 100 of the 128 that are the kernel's default; a kubelet that gets none ends.
 */
const ENOUGH_INSTANCES = 1024;

type Noting = Pick<Progress, "note">;

/** Raises the limit of file watchers where it is too low for the lab's machines, and notes what it was. */
export function ensureKernelLimits(progress: Noting, { limit, before } = PLACES): void {
  const present = Number(readFileSync(limit, "utf8"));
  if (present < ENOUGH_INSTANCES) {
    // First the note: a run that is killed in between has changed nothing.
    writeNote(before, `${present}\n`);
    writeFileSync(limit, String(ENOUGH_INSTANCES));
    progress.note(`  fs.inotify.max_user_instances raised from ${present} to ${ENOUGH_INSTANCES}`);
  }
}

/** Puts the limit back to what it was, unless it was changed by another hand since. */
export function restoreKernelLimits(progress: Noting, { limit, before } = PLACES): void {
  const former = readIfThere(before)?.trim();
  if (former === undefined) {
    return;
  }
  if (Number(readFileSync(limit, "utf8")) === ENOUGH_INSTANCES) {
    writeFileSync(limit, former);
    progress.note(`  fs.inotify.max_user_instances is ${former} again`);
  }
  writeNote(before, undefined);
}
