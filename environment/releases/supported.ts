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

/**
 * Whether the API has ValidatingAdmissionPolicy, stable since 1.30.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function hasAdmissionPolicies(version: string): boolean {
  return semver.gte(version, "1.30.0");
}

/**
 * Releases of Antrea whose objects cluster/network/antrea renders. In the lines 2.6 and 2.7, the kinds, files and rights that are used
 * there are known and equal. They need Kubernetes 1.23 at least.
 */
export const SUPPORTED_ANTREA = ">=2.6.3 <2.8.0";

/** Whether the programs know how to install this release of Antrea. */
export function isSupportedAntrea(version: string): boolean {
  return semver.satisfies(version, SUPPORTED_ANTREA);
}
