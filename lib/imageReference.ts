/** A reference to an image in its parts, as container engines read it. */
export interface ImageReference {
  /** Registry and path, such as `docker.io/library/traefik`. */
  repository: string;
  tag?: string;
  /** Such as `sha256:…`. */
  digest?: string;
}

export function parseImage(reference: string): ImageReference {
  const [named, digest] = reference.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return {
    repository: colon < 0 ? named : named.slice(0, colon),
    ...(colon < 0 ? {} : { tag: named.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest }),
  };
}
