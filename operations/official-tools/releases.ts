import { readFileSync } from "node:fs";
import { platform } from "node:process";
import { join } from "node:path";

import { checkout } from "../../lib/paths";
import { processor } from "../../lib/processor";

/**
 * Names of the pieces whose makers publish them for this platform: the toolchain's builder downloads these where their hosts
 * answer (toolchain/releases.json).
 */
export function releasedPieces(): Set<string> {
  const table = JSON.parse(readFileSync(join(checkout, "toolchain", "releases.json"), "utf8")) as {
    piece: string;
    platforms: Record<string, unknown>;
  }[];
  const here = `${platform}/${processor()}`;
  return new Set(table.filter(({ platforms }) => here in platforms).map(({ piece }) => piece));
}
