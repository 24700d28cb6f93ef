import { existsSync } from "node:fs";
import { join, relative } from "node:path";

import { CRD_MANIFEST } from "../../apps/ingress/crdManifest";
import { exitWith } from "../../lib/exit";
import { OperatorError } from "../../lib/operatorError";
import { checkout, toolchain } from "../../lib/paths";
import { VSPHERE_PLUGIN } from "./programs";
import { hasOfficialSdk } from "./vsphereSdk";
import { ensurePublishedFile } from "./publishedFile";

/** What is missing and how to get it by hand. */
interface Lack {
  why: string;
  next: string;
}

/**
 * Gets what the programs need beside npm's packages, for those who run plain `pulumi` and have not built the toolchain. `npm run build`
 * runs it after the compiler.
 *
 * @throws OperatorError with all that could not be got.
 */
async function prepare(): Promise<void> {
  const lacks = (await Promise.all([vsphereSdk(), traefikCrds()])).flatMap((lack) => lack ?? []);
  if (lacks.length > 0) {
    throw new OperatorError({
      what: "The programs are compiled, and something that they need could not be fetched.",
      why: lacks.map(({ why }) => why).join("\n"),
      next: `${lacks.map(({ next }) => next).join("\n")}\nand run npm run build again. make build builds all of it from sources instead`,
    });
  }
}

async function vsphereSdk(): Promise<Lack | undefined> {
  await hasOfficialSdk();
  const folder = join(checkout, "sdks", "vsphere");
  return existsSync(join(folder, "package.json"))
    ? undefined
    : {
        why: `@pulumi/vsphere ${VSPHERE_PLUGIN}: npm's registry does not have it, or does not answer`,
        next: `let npm ask a registry that has @pulumi/vsphere ${VSPHERE_PLUGIN}, or put the package's content into ${folder}`,
      };
}

async function traefikCrds(): Promise<Lack | undefined> {
  const { url, path, version } = CRD_MANIFEST;
  if (existsSync(join(toolchain, "manifests", "traefik-crds.yaml"))) {
    return undefined;
  }
  try {
    await ensurePublishedFile(CRD_MANIFEST);
    return undefined;
  } catch (error) {
    return {
      why: `the definitions of Traefik's custom resources, of release ${version}, from ${url}: ${(error as Error).message}`,
      next: `curl --location --create-dirs --output ${relative(checkout, path)} ${url}   (any other way will do: its checksum is checked)`,
    };
  }
}

exitWith(prepare());
