import { z } from "zod";

import { type Component, hexadecimal } from "./component";

/** What the program `inventory` prints (toolchain/modules/supply-chain). */
const inventory = z.strictObject({
  go: z.array(z.string()),
  modules: z.array(
    z.strictObject({
      path: z.string(),
      version: z.string(),
      sum: z.string(),
      licences: z.array(z.string()),
      programs: z.array(z.string()),
    }),
  ),
});

/** Programs that the toolchain takes as their publisher built them. */
export const FINISHED = ["traefik"];

/** The Go modules, and Go's own library, in everything that was built. */
export function goModules(text: string): Component[] {
  const { go, modules } = inventory.parse(JSON.parse(text));
  return [
    ...go.map((release): Component => ({
      kind: "golang",
      name: "std",
      version: release.replace(/^go/, ""),
      licence: "BSD-3-Clause",
      usedBy: ["every program compiled with it"],
      finished: false,
    })),
    ...modules.map(({ path, version, sum, licences, programs }): Component => ({
      kind: "golang",
      name: path,
      version,
      hash: sum === "" ? undefined : { algorithm: "SHA-256", content: hexadecimal(sum.slice(3)) },
      // Several texts at the root of one module: all of them hold.
      licence: licences.length === 0 ? undefined : licences.join(" AND "),
      usedBy: programs,
      finished: programs.every((program) => FINISHED.includes(program)),
    })),
  ];
}
