import { readFileSync, writeFileSync } from "node:fs";

import type { Progress } from "../../lib/progress";

const INOTIFY_INSTANCES = "/proc/sys/fs/inotify/max_user_instances";

/**
 * Each node's systemd, containerd and kubelet watch files, and all of them count as one user of this kernel. Six
 * machines use about 100 of the 128 that are the kernel's default; a kubelet that gets none ends.
 */
const ENOUGH_INSTANCES = 1024;

/** Raises the limit of file watchers where it is too low for the lab's machines; it is left so afterwards. */
export function ensureKernelLimits(progress: Progress): void {
  const limit = Number(readFileSync(INOTIFY_INSTANCES, "utf8"));
  if (limit < ENOUGH_INSTANCES) {
    writeFileSync(INOTIFY_INSTANCES, String(ENOUGH_INSTANCES));
    progress.note(`  fs.inotify.max_user_instances raised from ${limit} to ${ENOUGH_INSTANCES}`);
  }
}
