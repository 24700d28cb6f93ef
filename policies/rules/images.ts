import { containersOf, podsOf } from "./pods";
import type { Finding, ResourcePolicy } from "../policy";
import { isProduction } from "../production";
import type { Resource } from "../resource";

/** An image reference in its parts, as container engines read it. */
interface Image {
  /** Registry and path. */
  repository: string;
  tag?: string;
  digest?: string;
}

function parse(reference: string): Image {
  const [named, digest] = reference.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return colon < 0
    ? { repository: named, digest }
    : { repository: named.slice(0, colon), tag: named.slice(colon + 1), digest };
}

/** Every image of a resource once. */
function imagesOf(resource: Resource): { reference: string; image: Image }[] {
  const references = podsOf(resource)
    .flatMap(containersOf)
    .map(({ inputs }) => inputs.image)
    .filter((reference) => typeof reference === "string");
  return [...new Set(references)].map((reference) => ({ reference, image: parse(reference) }));
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
  description: "In production an image is named by its digest.",
  level: "mandatory",
  check: (resource): Finding[] =>
    isProduction(resource)
      ? imagesOf(resource)
          .filter(({ image: { digest } }) => digest === undefined)
          .map(({ reference, image }) => ({
            about: image.repository,
            message: `The image ${reference} is whatever its registry has under this tag: add its digest (@sha256:…).`,
          }))
      : [],
};
