import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { execa } from "execa";

import { run } from "../../lib/command";
import { contentOf, fingerprint, stampOf } from "../../lib/fingerprint";
import { OperatorError } from "../../lib/operatorError";
import { processor } from "../../lib/processor";
import type { Progress } from "../../lib/progress";
import { docker, inspect } from "../docker";
import { labBinaries, labCache, labSource } from "../paths";
import { cniPluginsVersion } from "./cniVersion";
import { debianArchive, type DebianArchive, ensureDebianArchive } from "./debianArchive";
import { type Deb, debsOf, renderControl } from "./debs";

const REPOSITORY = "sitewright/node";
const BASE_REPOSITORY = "sitewright/node-base";

const source = join(labSource, "node");

/** Name of the template's image for its packages. It changes with anything the image is made of. */
function nodeImageOf(base: string, debs: Deb[]): string {
  const parts = debs.flatMap((deb) => [
    JSON.stringify(deb),
    ...Object.values(deb.binaries).map((name) => stampOf(join(labBinaries(), name))),
    ...Object.values(deb.files).map((name) => contentOf(join(source, name))),
  ]);
  const rest = [contentOf(join(source, "Dockerfile")), contentOf(join(source, "rootfs"))];
  return `${REPOSITORY}:${fingerprint(base, ...rest, ...parts)}`;
}

/** Debian's part of the node template, for which no program has to be built. */
export function nodeBase(): DebianArchive {
  return debianArchive("node-base", "node template", join(source, "packages"));
}

/**
 * Makes the node template unless it is there: Debian's part once per list of packages, kept as an archive in the cache; our
 * packages and settings on top of it, without any network.
 * @returns the name of its docker image.
 */
export async function ensureNodeImage(kubernetes: string, progress: Progress): Promise<string> {
  const cniPlugins = await cniPluginsVersion(join(labBinaries(), "cni", "bridge"));
  const debs = debsOf({ kubernetes, cniPlugins });
  const archive = nodeBase();
  const image = nodeImageOf(archive.fingerprint, debs);
  if ((await inspect("image", image)) === undefined) {
    await ensureDebianArchive(archive, progress);
    await progress.step("node template: image", async (at) => {
      await checkKubernetesVersion(kubernetes);
      await build(image, archive.path, debs, at);
    });
  }
  return image;
}

async function build(
  image: string,
  rootfs: string,
  debs: Deb[],
  at: (part: string) => void,
): Promise<void> {
  const base = `${BASE_REPOSITORY}:${image.split(":")[1]}`;
  at("base");
  await docker(["import", rootfs, base]);
  const context = join(labCache, "node-context");
  rmSync(context, { recursive: true, force: true });
  try {
    cpSync(join(source, "rootfs"), join(context, "rootfs"), { recursive: true });
    copyFileSync(join(source, "Dockerfile"), join(context, "Dockerfile"));
    for (const [index, deb] of debs.entries()) {
      at(`package ${index + 1} of ${debs.length} ${deb.name} ${deb.version}`);
      await pack(deb, context);
    }
    at("layers");
    await docker([
      "build",
      "--quiet",
      "--network",
      "none",
      "--build-arg",
      `BASE=${base}`,
      "--tag",
      image,
      context,
    ]);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  await removeOthers(image);
}

/** Earlier templates are of no use; docker keeps one that a machine was made from. */
async function removeOthers(image: string): Promise<void> {
  const tag = image.split(":")[1];
  for (const repository of [REPOSITORY, BASE_REPOSITORY]) {
    const tags = (await docker(["images", "--format", "{{.Tag}}", repository])).split("\n");
    for (const other of tags.filter((name) => name !== "" && name !== tag)) {
      await docker(["rmi", `${repository}:${other}`]).catch(() => undefined);
    }
  }
}

/** Builds one package into the folder debs of the build context. */
async function pack(deb: Deb, context: string): Promise<void> {
  const root = join(context, "package", deb.name);
  const install = (origin: string, target: string, mode: number): void => {
    const path = join(root, target);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(origin, path);
    chmodSync(path, mode);
  };
  for (const [target, name] of Object.entries(deb.binaries)) {
    install(join(labBinaries(), name), target, 0o755);
  }
  for (const [target, name] of Object.entries(deb.files)) {
    install(join(source, name), target, 0o644);
  }
  for (const directory of [...deb.directories, "/DEBIAN", "/../../debs"]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  writeFileSync(join(root, "DEBIAN", "control"), renderControl(deb, processor()));
  const output = join(context, "debs", `${deb.name}.deb`);
  // Not compressed: the package is unpacked again a second later and thrown away.
  await run("dpkg-deb", ["--root-owner-group", "-Znone", "--build", root, output], {
    what: `The package ${deb.name} could not be built.`,
    next: "mend the cause, then run make up again",
  });
  rmSync(root, { recursive: true });
}

/** The packages' version is the environment's, their content the toolchain's: both must agree. */
async function checkKubernetesVersion(wanted: string): Promise<void> {
  const { stdout } = await execa(join(labBinaries(), "kubeadm"), ["version", "--output=short"]);
  if (stdout.trim() !== `v${wanted}`) {
    throw new OperatorError({
      what: `The lab has Kubernetes ${stdout.trim()}, the environment asks for v${wanted}.`,
      where: "kubernetes.version",
      next: `set kubernetes.version to ${stdout.trim().slice(1)}, or build the other version in toolchain/`,
    });
  }
}
