import semver from "semver";

/** A version rule that is broken, and the versions that it allows. */
export interface Skew {
  rule: string;
  allowed: string;
}

/** URL of the version rules between the components of Kubernetes. */
export const SKEW_POLICY = "https://kubernetes.io/releases/version-skew-policy/";

/**
 * The rule a kubelet breaks beside an API server: it is never newer, and at most three minor versions older. Kubelets
 * before 1.25 may be two older only, which comes to two for API servers before 1.28.
 * @see SKEW_POLICY
 */
export function kubeletSkew(kubelet: string, apiServer: string): Skew | undefined {
  const minor = semver.minor(apiServer);
  const oldest = Math.max(0, minor - (minor < 28 ? 2 : 3));
  const allowed = `1.${oldest}.0 to ${apiServer}`;
  if (semver.gt(kubelet, apiServer)) {
    return { rule: "a kubelet is never newer than the API server", allowed };
  }
  return semver.lt(kubelet, `1.${oldest}.0`)
    ? {
        rule: `a kubelet is at most ${minor - oldest} minor versions older than an API server of 1.${minor}`,
        allowed,
      }
    : undefined;
}

/**
 * The rule kubeadm breaks beside a control plane: it sets up its own minor version and the one before.
 * @see https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/#kubeadm-s-skew-against-the-kubernetes-version
 */
export function kubeadmSkew(kubeadm: string, controlPlane: string): Skew | undefined {
  const minor = semver.minor(controlPlane);
  return [minor, minor + 1].includes(semver.minor(kubeadm)) && semver.gte(kubeadm, controlPlane)
    ? undefined
    : {
        rule: "kubeadm sets up its own minor version and the one before",
        allowed: `${controlPlane} or later in 1.${minor}, or 1.${minor + 1}.x`,
      };
}

/**
 * The rule a running control plane breaks on its way to another version: it goes on by patches, or to the next minor version.
 * It never goes back: what a newer API server has stored an older one may not read.
 * @see SKEW_POLICY
 */
export function upgradeSkew(running: string, wanted: string): Skew | undefined {
  const minor = semver.minor(running);
  const allowed = `${running}, a later patch of 1.${minor}, or 1.${minor + 1}.x`;
  if (semver.lt(wanted, running)) {
    return { rule: "a control plane never goes back to an older version", allowed };
  }
  return semver.minor(wanted) > minor + 1 || semver.major(wanted) !== semver.major(running)
    ? { rule: "a control plane skips no minor version", allowed }
    : undefined;
}
