import { type ImageReference, parseImage } from "../../lib/imageReference";
import { containersOf, podsOf } from "./pods";
import type { Finding, ResourcePolicy } from "../policy";
import { asksForDigests } from "../production";
import { environmentOf, type Resource } from "../resource";

/** Every image of a resource once. */
function imagesOf(resource: Resource): { reference: string; image: ImageReference }[] {
  const references = podsOf(resource)
    .flatMap(containersOf)
    .map(({ inputs }) => inputs.image)
    .filter((reference) => typeof reference === "string");
  return [...new Set(references)].map((reference) => ({ reference, image: parseImage(reference) }));
}

/** A moving tag can run another program, which was never reviewed, after the next restart of a pod. */
export const imageVersion: ResourcePolicy = {
  name: "image-version",
  description: "An image is named by its release or by its digest.",
  level: "mandatory",
  check: (resource) =>
    imagesOf(resource)
      .filter(
        ({ image: { tag, digest } }) => digest === undefined && (tag ?? "latest") === "latest",
      )
      .map(({ reference, image }) => ({
        about: image.repository,
        message: `The image ${reference} is whatever is newest when a node fetches it: give it the tag of a release.`,
      })),
};

/** A registry may put another image under a tag at any time. */
export const imageDigest: ResourcePolicy = {
  name: "image-digest",
  description: "In production an image is named by its digest (site:images.digests).",
  level: "mandatory",
  check: (resource): Finding[] =>
    asksForDigests(resource)
      ? imagesOf(resource)
          .filter(({ image: { digest } }) => digest === undefined)
          .map(({ reference, image }) => ({
            about: image.repository,
            message: `The image ${reference} is whatever its registry has under this tag: put its digest into the lockfile, with make images ENV=${environmentOf(resource)}.`,
          }))
      : [],
};
