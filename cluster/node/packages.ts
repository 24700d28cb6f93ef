import { volumesOf } from "../../environment/applications/exposed";
import { KUBERNETES_PACKAGES } from "../../environment/releases/kubernetesPackages";
import type { Environment } from "../../environment/schema";
import type { Package } from "../../ssh/packages";

/**
 * Packages of a node, by distribution. A volume of a file server is mounted by the node, which needs mount.nfs for it.
 */
export function nodePackages(environment: Environment): Package[] {
  const { packages, kubernetes } = environment;
  const { version } = kubernetes;
  const { kubelet, kubeadm } = KUBERNETES_PACKAGES[packages.manager];
  const mountsNfs = volumesOf(environment).some(({ volume }) => volume.nfs !== undefined);
  switch (packages.manager) {
    // Releases 4 and 5 name them alike and differ in versions only. `kubernetes` brings cni, conntrack-tools, cri-tools,
    // ebtables, ethtool, iproute2, iptables, socat and util-linux with it, containerd brings runc; containerd-extras holds
    // the shim without which containerd starts nothing. The steps call awk, which toybox, Photon's basic tools, lacks,
    // ipset, to clear what a pod network left; and openssl, to read what a kubelet wants a certificate for.
    // See SPECS/{kubernetes,containerd,toybox} of https://github.com/vmware/photon, branches 4.0 and 5.0.
    case "tdnf":
      return [
        { name: "containerd" },
        { name: "containerd-extras" },
        { name: "cni" },
        { name: kubelet, version },
        { name: kubeadm, version },
        { name: "gawk" },
        { name: "ipset" },
        { name: "openssl" },
        ...(mountsNfs ? [{ name: "nfs-utils" }] : []),
      ];
    case "apt":
      return [
        { name: "containerd" },
        { name: "kubernetes-cni" },
        { name: kubelet, version },
        { name: "kubectl", version },
        { name: kubeadm, version },
        { name: "openssl" },
        ...(mountsNfs ? [{ name: "nfs-common" }] : []),
      ];
    default: {
      const never: never = packages.manager;
      return never;
    }
  }
}
