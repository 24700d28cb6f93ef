import { createHash } from "node:crypto";

/** SHA-256 of contents one after the other, hexadecimal. In an annotation it stands for files that pods read only once. */
export function sha256(...contents: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  contents.forEach((content) => hash.update(content));
  return hash.digest("hex");
}
