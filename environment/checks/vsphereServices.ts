import ipaddr from "ipaddr.js";
import semver from "semver";

import type { Fault } from "../faults";
import { isSupportedKubernetes } from "../releases/supported";
import { CSI_RELEASES, csiRelease, goesWith } from "../releases/vsphereCsi";
import type { Environment } from "../schema";
import { vcenterHost } from "../vcenterAddress";

/** A cloud controller manager of another Kubernetes, or one that lacks what it needs of the vCenter. */
export function cloudProviderFaults({
  kubernetes,
  vsphere,
}: Pick<Environment, "kubernetes" | "vsphere">): Fault[] {
  const { cloudProvider, version } = kubernetes;
  if (cloudProvider === undefined) {
    return [];
  }
  const minor = `${semver.major(version)}.${semver.minor(version)}`;
  return [
    // An unsupported Kubernetes is another check's fault; do not report it twice.
    ...(semver.satisfies(cloudProvider.version, `~${minor}`) || !isSupportedKubernetes(version)
      ? []
      : [
          {
            path: "kubernetes.cloudProvider.version",
            value: cloudProvider.version,
            reason: `is not of Kubernetes ${version}: each release is made for one minor version`,
            allowed: `a release ${minor}.x`,
          },
        ]),
    ...(vsphere.accounts === undefined
      ? [
          {
            path: "vsphere.accounts",
            value: undefined,
            reason: "is missing, and kubernetes.cloudProvider logs in by them",
            allowed: "cloudProvider and csi, each the name of an account of the vCenter",
          },
        ]
      : []),
    ...(vsphere.address === undefined && !ipaddr.IPv4.isValidFourPartDecimal(vcenterHost(vsphere))
      ? [
          {
            path: "vsphere.address",
            value: undefined,
            reason: `is missing, and firewalls do not know vsphere.server ${vsphere.server} by its name`,
            allowed: "the vCenter's IPv4 address",
          },
        ]
      : []),
  ];
}

/** A CSI driver without a cloud provider, or in a release that is not compatible with Kubernetes. */
export function csiFaults({
  kubernetes,
  volumes,
}: Pick<Environment, "kubernetes" | "volumes">): Fault[] {
  if (volumes.provisioner !== "vsphere-csi") {
    return [];
  }
  const release = csiRelease(volumes.version);
  return [
    ...(kubernetes.cloudProvider === undefined
      ? [
          {
            path: "volumes.provisioner",
            value: volumes.provisioner,
            reason: "finds a node's machine by its providerID, and nothing sets it",
            allowed: "kubernetes.cloudProvider beside it, or another provisioner",
          },
        ]
      : []),
    ...(release !== undefined && goesWith(release, kubernetes.version)
      ? []
      : [
          {
            path: "volumes.version",
            value: volumes.version,
            reason:
              release === undefined
                ? "is no release of the driver that the programs know"
                : `goes with Kubernetes ${release.kubernetes.join(" to ")}, not with ${kubernetes.version}`,
            allowed: releasesFor(kubernetes.version),
          },
        ]),
  ];
}

function releasesFor(kubernetes: string): string {
  const fitting = Object.entries(CSI_RELEASES).filter(([, release]) =>
    goesWith(release, kubernetes),
  );
  return fitting.length === 0
    ? `no release for Kubernetes ${kubernetes} is known`
    : fitting.map(([minor]) => `${minor}.x`).join(", ");
}
