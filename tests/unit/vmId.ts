import { createHash } from "node:crypto";

/** UUID of a machine, made of its name. */
export function vmIdOf(name: string): string {
  const digits = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
