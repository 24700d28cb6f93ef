import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { runWithProgress } from "../../lib/command";
import { contentOf, fingerprint, stampOf } from "../../lib/digests/fingerprint";
import type { Progress } from "../../lib/progress";
import { debianArchive, type DebianArchive, ensureDebianArchive } from "../node/debianArchive";
import { labBinaries, labCache, labSource } from "../paths";

const source = join(labSource, "images");
const table = join(source, "images.yaml");

const imagesSchema = z.object({
  images: z.array(
    z.object({
      name: z.string(),
      tag: z.string(),
      /** Path in the image: name among the lab's binaries. */
      binaries: z.record(z.string(), z.string()).default({}),
      /** Path in the image: file beside the table. */
      files: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** The images that the lab's registry serves. */
export function labImages(): z.output<typeof imagesSchema>["images"] {
  return imagesSchema.parse(parse(readFileSync(table, "utf8"))).images;
}

/** Folder of the registry's content. Its name changes with anything the images are made of. */
function imageStoreOf(debian: string): string {
  const images = labImages();
  const binaries = images.flatMap((image) => Object.values(image.binaries));
  const stamps = [...binaries, "image-builder"].map(
    (name) => `${name} ${stampOf(join(labBinaries(), name))}`,
  );
  const files = images
    .flatMap((image) => Object.values(image.files))
    .map((name) => contentOf(join(source, name)));
  return join(labCache, `images-${fingerprint(contentOf(table), debian, ...stamps, ...files)}`);
}

/** Debian's part of the images, for which no program has to be built. */
export function imageBase(): DebianArchive {
  return debianArchive("image-base", "container images", join(source, "packages"));
}

/**
 * Fills the registry's folder unless it is there. The folder gets its name when it is complete.
 */
export async function ensureImageStore(progress: Progress): Promise<string> {
  const archive = imageBase();
  const store = imageStoreOf(archive.fingerprint);
  if (!existsSync(store)) {
    await ensureDebianArchive(archive, progress);
    await progress.step("container images", (at) => fill(store, archive.path, at));
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

/** Each content is some 1 GB, and only the newest is of use. */
function removeOthers(store: string): void {
  for (const name of readdirSync(labCache)) {
    if (name.startsWith("images-") && name !== basename(store)) {
      rmSync(join(labCache, name), { recursive: true, force: true });
    }
  }
}
