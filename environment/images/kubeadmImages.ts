import type { Environment } from "../schema";

/** Tags of what kubeadm runs beside Kubernetes' own programs, by the version of kubeadm (`kubeadm config images list`). */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  "1.36.3": ["etcd:3.6.8-0", "coredns/coredns:v1.14.2"],
};

/** kubeadm's own registry. */
const REGISTRY = "registry.k8s.io";

/**
 * Images that kubeadm and containerd name by themselves, by tag: nodes never ask for them by digest, so what is under these tags has to be
 * controlled where nodes fetch it, in the site's mirror. etcd and CoreDNS are listed for the versions that this table has.
 */
export function kubeadmImages({
  kubernetes: { version, imageRepository },
  containerd,
}: Pick<Environment, "kubernetes" | "containerd">): string[] {
  const programs = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
  // With a registry of the site's own, kubeadm leaves out the folder of CoreDNS.
  const beside = (BESIDE[version] ?? []).map((image) =>
    imageRepository === undefined ? image : image.replace("coredns/coredns", "coredns"),
  );
  const own = [...programs.map((name) => `${name}:v${version}`), ...beside].map(
    (image) => `${imageRepository ?? REGISTRY}/${image}`,
  );
  return [...own, containerd.sandboxImage];
}
