import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { runWithProgress } from "./command";
import { contentOf, fingerprint, stampOf } from "./fingerprint";
import { labBinaries, labCache, labSource } from "./places";
import type { Progress } from "./progress";

const table = join(labSource, "images", "images.yaml");

const imagesSchema = z.object({
  images: z.array(
    z.object({ name: z.string(), tag: z.string(), binaries: z.record(z.string(), z.string()) }),
  ),
});

/** The images that the lab's registry serves. */
export function labImages(): z.output<typeof imagesSchema>["images"] {
  return imagesSchema.parse(parse(readFileSync(table, "utf8"))).images;
}

/** Folder of the registry's content. Its name changes with anything the images are made of. */
export function imageStoreOf(rootfs: string): string {
  const binaries = labImages().flatMap((image) => Object.values(image.binaries));
  const stamps = [...binaries, "image-builder"].map(
    (name) => `${name} ${stampOf(join(labBinaries(), name))}`,
  );
  return join(labCache, `images-${fingerprint(contentOf(table), stampOf(rootfs), ...stamps)}`);
}

/**
 * Fills the registry's folder unless it is there. The folder gets its name when it is complete.
 */
export async function ensureImageStore(rootfs: string, progress: Progress): Promise<string> {
  const store = imageStoreOf(rootfs);
  if (!existsSync(store)) {
    await progress.step("container images", (at) => fill(store, rootfs, at));
  }
  return store;
}

async function fill(store: string, rootfs: string, at: (part: string) => void): Promise<void> {
  const part = `${store}.part`;
  rmSync(part, { recursive: true, force: true });
  await runWithProgress(
    join(labBinaries(), "image-builder"),
    ["--table", table, "--binaries", labBinaries(), "--rootfs", rootfs, "--store", part],
    {
      what: "The lab's container images could not be made.",
      next: "mend the cause, then run make up again",
    },
    at,
  );
  renameSync(part, store);
  removeOthers(store);
}

/** Each content is some 600 MB, and only the newest is of use. */
function removeOthers(store: string): void {
  for (const name of readdirSync(labCache)) {
    if (name.startsWith("images-") && name !== basename(store)) {
      rmSync(join(labCache, name), { recursive: true, force: true });
    }
  }
}
