import { quote } from "../lib/bash";

/**
 * Programs in `operations/` that run when a resource is deleted. The states of sites have their paths, even states that an older
 * version has written. So do not rename or move these files.
 */
export const DELETE_STEPS = [
  "guard",
  "leave",
  "memberGuard",
  "releaseLostNodes",
  "releaseVolumes",
] as const;

/**
 * The delete command of a local command resource. It is relative to the compiled program's folder, where the engine runs a
 * project's plugins.
 */
export function deleteStep(program: (typeof DELETE_STEPS)[number], ...args: string[]): string {
  return ["node", `../operations/${program}.js`, ...args.map(quote)].join(" ");
}
