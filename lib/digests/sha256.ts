import { createHash } from "node:crypto";

/** Hash for an annotation that stands for a content: of files that pods read only once, of what a node was given. */
export function sha256(...texts: string[]): string {
  const hash = createHash("sha256");
  texts.forEach((text) => hash.update(text));
  return hash.digest("hex");
}
