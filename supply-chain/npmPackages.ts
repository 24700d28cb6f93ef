import { z } from "zod";

import { type Component, hexadecimal } from "./component";

/** The part of npm's lockfile, version 3, that is looked at. */
const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
      resolved: z.string().optional(),
    }),
  ),
});

const FOLDER = "node_modules/";
const SHA512 = /^sha512-(\S+)$/;

/**
 * The packages of a lockfile, those for other platforms included. What is linked from a folder of the checkout is ours.
 * @throws Error for a package without a SHA-512 of its files.
 */
export function npmPackages(text: string): Component[] {
  return Object.entries(lockfile.parse(JSON.parse(text)).packages)
    .filter(([path, { link = false }]) => path.includes(FOLDER) && !link)
    .map(([path, { version = "", integrity = "", license, dev = false }]) => {
      const name = path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
      const [, sum] = SHA512.exec(integrity) ?? [];
      if (sum === undefined) {
        throw new Error(`the lockfile has no SHA-512 of ${name} ${version}`);
      }
      return {
        kind: "npm",
        name,
        version,
        hash: { algorithm: "SHA-512", content: hexadecimal(sum) },
        licence: license,
        usedBy: [dev ? "build" : "run"],
        finished: false,
      };
    });
}
