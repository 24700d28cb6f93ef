import semver from "semver";

import type { Environment } from "../schema";

/**
 * The packages that hold kubelet and kubeadm, by package manager. PhotonOS has kubelet, kubectl and the control plane's
 * programs in one package, and its kubeadm asks for exactly that build of it.
 * @see https://github.com/vmware/photon/blob/5.0/SPECS/kubernetes/kubernetes.spec (4.0 alike)
 */
export const KUBERNETES_PACKAGES = {
  tdnf: { kubelet: "kubernetes", kubeadm: "kubernetes-kubeadm" },
  apt: { kubelet: "kubelet", kubeadm: "kubeadm" },
} as const satisfies Record<Environment["packages"]["manager"], Record<string, string>>;

/**
 * Upstream's version of kubelet or kubeadm on the nodes: the environment's Kubernetes version unless a pin moves the
 * package. Undefined when the pin has no version in it.
 */
export function nodeVersion(
  { packages, kubernetes }: Pick<Environment, "packages" | "kubernetes">,
  program: "kubelet" | "kubeadm",
): string | undefined {
  const pin = packages.pins[KUBERNETES_PACKAGES[packages.manager][program]];
  return pin === undefined ? kubernetes.version : semver.coerce(pin)?.version;
}
