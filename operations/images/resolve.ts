import type { SiteImage } from "../../environment/images/imagesOf";
import type { ImageLock } from "../../environment/images/lock";
import { parseImage } from "../../lib/imageReference";
import { type RegistryClient, RegistryError } from "./registryClient";

/** What registries say of the images of a site. */
export interface Resolved {
  /** Digests of all images that have one now. */
  lock: ImageLock;
  /** Tags that mean another image than the lockfile has; it keeps its own. */
  moved: string[];
  /** One sentence each; empty where every image was found. */
  faults: string[];
}

/**
 * Asks for the digest of every image. One that has a digest already, from the lockfile or the environment, keeps it where the registry still
 * has that image, and what its tag means by now is told.
 */
export async function resolve(
  images: readonly SiteImage[],
  client: Pick<RegistryClient, "digest">,
): Promise<Resolved> {
  const answers = await Promise.all(images.map((image) => ask(image, client)));
  return {
    lock: Object.fromEntries(
      answers.flatMap(({ image, digest }) => (digest === undefined ? [] : [[image, digest]])),
    ),
    moved: answers.flatMap(({ moved }) => moved ?? []),
    faults: answers.flatMap(({ fault }) => fault ?? []),
  };
}

interface Answer {
  image: string;
  digest?: string;
  moved?: string;
  fault?: string;
}

async function ask(
  { image, digest }: SiteImage,
  client: Pick<RegistryClient, "digest">,
): Promise<Answer> {
  const { repository, tag = "latest" } = parseImage(image);
  try {
    if (digest === undefined) {
      return { image, digest: await client.digest(repository, tag) };
    }
    await client.digest(repository, digest);
  } catch (error) {
    return { image, fault: `${image}${digest === undefined ? "" : `@${digest}`}: ${why(error)}` };
  }
  // A tag that is gone by now takes nothing from an image that is there by its digest.
  const now = await client.digest(repository, tag).catch(() => digest);
  return {
    image,
    digest,
    ...(now === digest ? {} : { moved: `${image} is ${now} by now; the lockfile keeps ${digest}` }),
  };
}

function why(error: unknown): string {
  if (error instanceof RegistryError) {
    return error.message;
  }
  throw error;
}
