import { parseImage } from "../../lib/imageReference";
import { csiRelease } from "../releases/vsphereCsi";
import type { Environment } from "../schema";
import {
  cloudProviderImage,
  csiDriverImage,
  csiSidecarImage,
  csiSyncerImage,
  flannelImage,
  kubeRouterImage,
  LOCAL_PATH_HELPER_IMAGE,
  localPathImage,
} from "./clusterImages";
import { kubeadmImages } from "./kubeadmImages";
import { type ImageLock, withDigest } from "./lock";

/** An image of a site. */
export interface SiteImage {
  /** Registry, path and tag. */
  image: string;
  /** Such as `sha256:…`; undefined where neither the environment nor its lockfile has one. */
  digest?: string | undefined;
  /** Who asks for it: a stack, the command `make smoke`, or kubeadm and containerd, which ask by tag whatever digest is known. */
  usedBy: "cluster" | "apps" | "smoke" | "kubeadm";
}

type Site = Pick<
  Environment,
  "kubernetes" | "containerd" | "cni" | "volumes" | "backups" | "applications" | "imageLock"
>;

/** Every image that nodes of a site fetch, each once, with its digest as far as that is known. Sorted. */
export function imagesOf(site: Site): SiteImage[] {
  const all: [SiteImage["usedBy"], string[]][] = [
    ["kubeadm", kubeadmImages(site)],
    ["cluster", clusterImages(site)],
    ["apps", applicationImages(site)],
    ["smoke", [smokeImage(site.cni)]],
  ];
  const found = new Map<string, SiteImage>();
  for (const [usedBy, references] of all) {
    for (const reference of references) {
      const { repository, tag, digest } = parseImage(withDigest(reference, site.imageLock));
      const image = tag === undefined ? repository : `${repository}:${tag}`;
      const known = digest === undefined ? {} : { digest };
      found.set(image, found.get(image) ?? { image, ...known, usedBy });
    }
  }
  return [...found.values()].sort((one, other) => (one.image < other.image ? -1 : 1));
}

/** Images whose pods name a digest where there is one, and that have none. */
export function imagesWithoutDigest(site: Site): SiteImage[] {
  return imagesOf(site).filter(
    ({ usedBy, digest }) => digest === undefined && (usedBy === "cluster" || usedBy === "apps"),
  );
}

/**
 * What is said of an environment in production that still waits for its first `make images`; undefined where there is nothing to say.
 * @param by - Of this stack alone. @default both
 */
export function pendingDigests(
  site: Site & Pick<Environment, "stack" | "protection" | "images">,
  by?: "cluster" | "apps",
): string | undefined {
  const { stack, protection, images, imageLock } = site;
  const missing = imagesWithoutDigest(site).filter(({ usedBy }) => (by ?? usedBy) === usedBy);
  return protection === "none" ||
    images.digests !== "pending" ||
    hasLock(imageLock) ||
    missing.length === 0
    ? undefined
    : `site:images.digests is pending: ${missing.length} images are whatever their registries have under these tags:\n` +
        `${missing.map(({ image }) => `  ${image}`).join("\n")}\n` +
        `Next: make images ENV=${stack}, where the registries are in reach, and commit what it writes.`;
}

function hasLock(lock: ImageLock): boolean {
  return Object.keys(lock).length > 0;
}

/** The image of the pods with which `make smoke` tests the network, without digest. */
export function smokeImage({ smoke }: Environment["cni"]): string {
  return `${smoke.image}:${smoke.version}`;
}

function clusterImages({
  kubernetes: { cloudProvider },
  cni,
  volumes,
}: Pick<Environment, "kubernetes" | "cni" | "volumes">): string[] {
  return [
    ...(cloudProvider === undefined ? [] : [cloudProviderImage(cloudProvider.version)]),
    ...networkImages(cni),
    ...(volumes.provisioner === "local-path"
      ? [localPathImage(volumes.version), LOCAL_PATH_HELPER_IMAGE]
      : csiImages(volumes)),
  ];
}

function networkImages(cni: Environment["cni"]): string[] {
  return cni.type === "flannel"
    ? [
        flannelImage(cni.flannelVersion),
        kubeRouterImage(cni.kubeRouterVersion),
        `${cni.conflist.image}:${cni.conflist.version}`,
      ]
    : [cni.agent, cni.controller].map(
        ({ image, digest }) =>
          `${image}:v${cni.version}${digest === undefined ? "" : `@${digest}`}`,
      );
}

function csiImages({
  version,
  snapshots,
}: Extract<Environment["volumes"], { provisioner: "vsphere-csi" }>): string[] {
  const sidecars = csiRelease(version)?.sidecars;
  const beside: [name: string, version: string][] =
    sidecars === undefined
      ? []
      : [
          ["csi-attacher", sidecars.attacher],
          ["csi-provisioner", sidecars.provisioner],
          ["csi-resizer", sidecars.resizer],
          ["livenessprobe", sidecars.livenessProbe],
          ["csi-node-driver-registrar", sidecars.registrar],
          ...(snapshots === undefined
            ? []
            : ["csi-snapshotter", "snapshot-controller"].map((name): [string, string] => [
                name,
                sidecars.snapshotter,
              ])),
        ];
  return [
    csiDriverImage(version),
    csiSyncerImage(version),
    ...beside.map(([name, release]) => csiSidecarImage(name, release)),
  ];
}

function applicationImages({
  applications,
  backups,
}: Pick<Environment, "applications" | "backups">): string[] {
  const saves = applications.some(({ saved }) => saved);
  return [
    ...applications.flatMap(({ images }) => images),
    ...(saves ? [`${backups.image}:${backups.version}`] : []),
  ];
}
