import semver from "semver";

/**
 * Versions of Kubernetes the programs are written for. 1.27 is what PhotonOS 5 carries; 1.36 is the newest that was run.
 * In between, kubeadm's configuration changes its version at 1.31.
 */
export const SUPPORTED_KUBERNETES = ">=1.27.0 <1.37.0";

/** Whether the programs know how to install this version of Kubernetes. */
export function isSupportedKubernetes(version: string): boolean {
  return semver.satisfies(version, SUPPORTED_KUBERNETES);
}

/** Version of kubeadm's configuration API that a Kubernetes version reads: v1beta4 exists from 1.31. */
export function kubeadmApiVersion(version: string): "v1beta3" | "v1beta4" {
  return semver.gte(version, "1.31.0") ? "v1beta4" : "v1beta3";
}
