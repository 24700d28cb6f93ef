import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

import { runWithProgress } from "../../lib/command";
import { contentOf, fingerprint } from "../../lib/digests/fingerprint";
import type { Progress } from "../../lib/progress";
import { labCache, labSource } from "../paths";

const script = join(labSource, "node", "bootstrap.sh");

/** A Debian system in a tar archive, made once for each list of packages and kept in the cache. */
export interface DebianArchive {
  /** What it is the Debian part of, such as "node template"; part of what the operator reads. */
  purpose: string;
  /** File with the list of packages. */
  packages: string;
  /** The archive. Its name changes with the list and with the way it is made. */
  path: string;
  /** Changes as its name does. */
  fingerprint: string;
}

/** @param name First part of the archive's name: archives of the same name replace each other. */
export function debianArchive(name: string, purpose: string, packages: string): DebianArchive {
  const identity = fingerprint(contentOf(packages), contentOf(script));
  return {
    purpose,
    packages,
    path: join(labCache, `${name}-${identity}.tar`),
    fingerprint: identity,
  };
}

/** Makes the archive unless it is there. */
export async function ensureDebianArchive(
  archive: DebianArchive,
  progress: Progress,
): Promise<void> {
  if (existsSync(archive.path)) {
    return;
  }
  await progress.step(`${archive.purpose}: Debian`, async (at) => {
    mkdirSync(labCache, { recursive: true });
    await runWithProgress(
      script,
      [archive.packages, join(labCache, "bootstrap"), archive.path],
      {
        what: `The Debian part of the ${archive.purpose} could not be made.`,
        next: "mend the cause, then run make up again",
      },
      at,
    );
    removeOthers(archive.path);
  });
}

/** Each is some 500 MB, and only the newest of a name is of use. */
function removeOthers(path: string): void {
  const [, name] = /^(.*)-[0-9a-f]+\.tar$/.exec(basename(path)) ?? [];
  for (const other of readdirSync(labCache)) {
    const [, same] = /^(.*)-[0-9a-f]+\.tar$/.exec(other) ?? [];
    if (same === name && other !== basename(path)) {
      rmSync(join(labCache, other));
    }
  }
}
