import semver from "semver";

/** Containers beside the driver, each in the release that the driver's own manifest names. */
export interface Sidecars {
  attacher: string;
  provisioner: string;
  resizer: string;
  livenessProbe: string;
  registrar: string;
  /** Also the release of the snapshot controller that goes with it. */
  snapshotter: string;
}

/** Oldest hardware version to whose machines the driver attaches anything (CPI's kubeadm tutorial; its own prerequisites). */
export const CSI_HARDWARE_VERSION = 15;

/** What a minor release of vSphere's CSI driver is compatible with. */
export interface CsiRelease {
  /** Minor releases of Kubernetes, the oldest and the newest. */
  kubernetes: readonly [oldest: string, newest: string];
  sidecars: Sidecars;
}

/**
 * Releases of the driver by minor version. The newest Kubernetes is that of the release notes, or of the client library where
 * these do not say; the oldest is two before it, as in the driver's table of compatibility and the notes of 3.8.
 * @see https://github.com/kubernetes-sigs/vsphere-csi-driver/releases and vsphere-csi-driver.yaml and
 * deploy-csi-snapshot-components.sh in manifests/vanilla of each
 */
export const CSI_RELEASES: Readonly<Record<string, CsiRelease>> = {
  "3.2": release(["1.27", "1.29"], "4.5.0", "4.0.0", "1.10.0", "2.12.0", "2.10.0", "7.0.1"),
  "3.3": release(["1.28", "1.30"], "4.5.1", "4.0.1", "1.10.1", "2.12.0", "2.10.1", "7.0.2"),
  "3.4": release(["1.30", "1.32"], "4.7.0", "4.0.1", "1.12.0", "2.14.0", "2.12.0", "8.2.0"),
  "3.5": release(["1.31", "1.33"], "4.8.1", "4.0.1", "1.12.0", "2.15.0", "2.13.0", "8.2.0"),
  "3.6": release(["1.32", "1.34"], "4.9.0", "4.0.1", "1.12.0", "2.15.0", "2.13.0", "8.2.0"),
  "3.7": release(["1.33", "1.35"], "4.9.0", "4.0.1", "1.12.0", "2.15.0", "2.13.0", "8.2.0"),
  "3.8": release(["1.34", "1.36"], "4.10.0", "4.0.1", "2.0.0", "2.17.0", "2.14.0", "8.4.0"),
};

function release(
  kubernetes: CsiRelease["kubernetes"],
  attacher: string,
  provisioner: string,
  resizer: string,
  livenessProbe: string,
  registrar: string,
  snapshotter: string,
): CsiRelease {
  return {
    kubernetes,
    sidecars: { attacher, provisioner, resizer, livenessProbe, registrar, snapshotter },
  };
}

/** The release a version belongs to; undefined for one the programs do not know. */
export function csiRelease(version: string): CsiRelease | undefined {
  return CSI_RELEASES[`${semver.major(version)}.${semver.minor(version)}`];
}

/** Whether a release is compatible with a version of Kubernetes. */
export function goesWith({ kubernetes: [oldest, newest] }: CsiRelease, version: string): boolean {
  return semver.satisfies(version, `${oldest} - ${newest}`);
}
