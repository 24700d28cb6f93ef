import semver from "semver";

import type { Environment } from "../schema";

type Packages = Pick<Environment["packages"], "manager" | "source">;

/** Whose packages Kubernetes is, where the environment does not say: those that the manager's distribution is known to install. */
export function kubernetesSource({ manager, source }: Packages): "photon" | "community" {
  return source ?? (manager === "tdnf" ? "photon" : "community");
}

/**
 * The packages that hold kubelet and kubeadm, by their source. PhotonOS has kubelet, kubectl and the control plane's
 * programs in one package, and its kubeadm asks for exactly that build of it.
 * @see https://github.com/vmware/photon/blob/5.0/SPECS/kubernetes/kubernetes.spec (4.0 alike)
 */
const KUBERNETES_PACKAGES = {
  photon: { kubelet: "kubernetes", kubeadm: "kubernetes-kubeadm" },
  community: { kubelet: "kubelet", kubeadm: "kubeadm" },
} as const;

/** Names of the packages that hold kubelet and kubeadm. */
export function kubernetesPackages(packages: Packages): { kubelet: string; kubeadm: string } {
  return KUBERNETES_PACKAGES[kubernetesSource(packages)];
}

/**
 * Upstream's version of kubelet or kubeadm on the nodes: the environment's Kubernetes version unless a pin moves the
 * package. Undefined when the pin has no version in it.
 */
export function nodeVersion(
  { packages, kubernetes }: Pick<Environment, "packages" | "kubernetes">,
  program: "kubelet" | "kubeadm",
): string | undefined {
  const pin = packages.pins[kubernetesPackages(packages)[program]];
  return pin === undefined ? kubernetes.version : semver.coerce(pin)?.version;
}
