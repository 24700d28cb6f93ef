import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout, toolchain } from "../../lib/paths";
import { Refusal } from "../../pulumi/refusal";

/** Traefik's own definitions of its custom resources, in the form that its makers publish. */
export const CRD_MANIFEST = {
  /** The release that has it; the same file is in those from 3.7.8 on. toolchain/modules/traefik-crds has the same one. */
  version: "3.7.13",
  sha256: "1d5e8558803804562238b0d4a57174aadd6d87c36e3c4c55199ebcc356a9406c",
  url: "https://raw.githubusercontent.com/traefik/traefik/v3.7.13/docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
  /** Where `npm run build` puts it. */
  path: join(checkout, "manifests", "traefik-crds.yaml"),
} as const;

/** Where `make` puts it. */
const BUILT = join(toolchain, "manifests", "traefik-crds.yaml");

/**
 * The text of the manifest.
 *
 * @param places - Paths, the first that is there counts. @default those that `make` and `npm run build` write
 * @throws Refusal when it is not there.
 */
export function crdManifest(places: readonly string[] = [BUILT, CRD_MANIFEST.path]): string {
  const path = places.find(existsSync);
  if (path === undefined) {
    throw new Refusal(
      `The definitions of Traefik's custom resources are in none of:\n${places.map((place) => `  ${place}\n`).join("")}` +
        "Without them the ingress has no routes. Put them there first: npm run build, or make build",
    );
  }
  return readFileSync(path, "utf8");
}
