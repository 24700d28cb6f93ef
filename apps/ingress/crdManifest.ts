import { readFileSync } from "node:fs";
import { join } from "node:path";

import { toolchain } from "../../lib/paths";
import { Refusal } from "../../pulumi/refusal";

/** Traefik's own definitions of its custom resources, of the release that runs; put there by `make toolchain`. */
const MANIFEST = join(toolchain, "manifests", "traefik-crds.yaml");

/**
 * The text of the manifest.
 *
 * @throws Refusal when it is not there.
 */
export function crdManifest(): string {
  try {
    return readFileSync(MANIFEST, "utf8");
  } catch (error) {
    throw new Refusal(
      `The definitions of Traefik's custom resources cannot be read from ${MANIFEST}: ${(error as NodeJS.ErrnoException).code}.\n` +
        "Without them the ingress has no routes. Put them there first: make toolchain",
    );
  }
}
