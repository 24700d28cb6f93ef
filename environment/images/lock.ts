import { z } from "zod";

import { parseImage } from "../../lib/imageReference";
import { imageDigest } from "../schema/fields";

/** Digests of images by their references with a tag, such as `docker.io/library/traefik:v3.7.15`. */
export const imageLock = z.record(
  z
    .string()
    .regex(
      /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)+:[\w][\w.-]{0,127}$/,
      "an image with registry and tag, such as docker.io/library/traefik:v3.7.15",
    ),
  imageDigest,
);
export type ImageLock = z.output<typeof imageLock>;

/** Name of the file beside Pulumi.<stack>.yaml that has an environment's digests. `make images` writes it. */
export function lockFileName(stack: string): string {
  return `Pulumi.${stack}.images.lock`;
}

/**
 * The reference with the digest that the lockfile has for it. With a digest, nodes run that image whatever its tag means by now: the tag is
 * for the reader. One that has a digest, or is not in the lockfile, stays as it is.
 */
export function withDigest(reference: string, lock: ImageLock): string {
  const digest = parseImage(reference).digest === undefined ? lock[reference] : undefined;
  return digest === undefined ? reference : `${reference}@${digest}`;
}
