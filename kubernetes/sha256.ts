import { createHash } from "node:crypto";

/** Hash for the annotation by which a changed file restarts the pods that read it only once. */
export function sha256(...texts: string[]): string {
  const hash = createHash("sha256");
  texts.forEach((text) => hash.update(text));
  return hash.digest("hex");
}
