import { join } from "node:path";

import { parse } from "yaml";

import { readIfThere } from "../../lib/files";
import type { Fault } from "../faults";
import { type ImageLock, imageLock, lockFileName } from "../images/lock";

/** What a lockfile says. */
export interface ReadLock {
  /** Empty where there is no file. */
  lock: ImageLock;
  faults: Fault[];
}

/** Reads the lockfile of an environment. It never throws: its faults are reported with those of the environment. */
export function readImageLock(stack: string, directory: string): ReadLock {
  const name = lockFileName(stack);
  const refused = (path: string, value: unknown, reason: string, allowed: string): Fault => ({
    path,
    value,
    reason,
    allowed: `${allowed}; make images ENV=${stack} writes the file`,
  });
  let content: unknown;
  try {
    content = parse(readIfThere(join(directory, name)) ?? "{}");
  } catch (error) {
    const reason = `cannot be read: ${(error as Error).message.split("\n")[0]}`;
    return { lock: {}, faults: [refused(name, undefined, reason, "a YAML map")] };
  }
  const read = imageLock.safeParse(content ?? {});
  return read.success
    ? { lock: read.data, faults: [] }
    : {
        lock: {},
        faults: read.error.issues.map(({ path, message }) => {
          const key = String(path[0] ?? "");
          const value = path.length === 0 ? content : (content as Record<string, unknown>)[key];
          return refused(
            key === "" ? name : `${name}: ${key}`,
            value,
            "has the wrong form",
            path.length === 0 ? "a map of images and digests" : message,
          );
        }),
      };
}
