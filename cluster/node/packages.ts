import { volumesOf } from "../../environment/applications/exposed";
import {
  kubernetesPackages,
  kubernetesSource,
} from "../../environment/releases/kubernetesPackages";
import type { Environment } from "../../environment/schema";
import type { Package } from "../../ssh/packages";

/**
 * Packages of a node, by distribution. A volume of a file server is mounted by the node, which needs mount.nfs for it.
 */
export function nodePackages(environment: Environment): Package[] {
  const { packages, kubernetes } = environment;
  const { version } = kubernetes;
  const { kubelet, kubeadm } = kubernetesPackages(packages);
  const mountsNfs = volumesOf(environment).some(({ volume }) => volume.nfs !== undefined);
  switch (packages.manager) {
    // Releases 4 and 5 name them alike and differ in versions only. `kubernetes` brings cni, conntrack-tools, cri-tools,
    // ebtables, ethtool, iproute2, iptables, socat and util-linux with it, containerd brings runc; containerd-extras holds
    // the shim without which containerd starts nothing. The steps call awk, which toybox, Photon's basic tools, lacks,
    // ipset, to clear what a pod network left; and openssl, to read what a kubelet wants a certificate for.
    // See SPECS/{kubernetes,containerd,toybox} of https://github.com/vmware/photon, branches 4.0 and 5.0.
    // The community's packages have what they need from PhotonOS, but for conntrack, socat and ethtool, which kubeadm looks for.
    case "tdnf":
      return [
        { name: "containerd" },
        { name: "containerd-extras" },
        ...(kubernetesSource(packages) === "photon"
          ? [{ name: "cni" }, { name: kubelet, version }, { name: kubeadm, version }]
          : [
              ...communityPackages(environment),
              { name: "cri-tools" },
              { name: "conntrack-tools" },
              { name: "ethtool" },
              { name: "socat" },
            ]),
        { name: "gawk" },
        { name: "ipset" },
        { name: "openssl" },
        ...(mountsNfs ? [{ name: "nfs-utils" }] : []),
      ];
    case "apt":
      return [
        { name: "containerd" },
        ...communityPackages(environment),
        { name: "openssl" },
        ...(mountsNfs ? [{ name: "nfs-common" }] : []),
      ];
    default: {
      const never: never = packages.manager;
      return never;
    }
  }
}

/** Packages of the community's repository of one minor version. The plugins of the pod network are a package of its own. */
export function communityPackages({
  kubernetes: { version },
}: Pick<Environment, "kubernetes">): Package[] {
  return [
    { name: "kubernetes-cni" },
    { name: "kubelet", version },
    { name: "kubectl", version },
    { name: "kubeadm", version },
  ];
}
