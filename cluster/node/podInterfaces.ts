import type { Environment } from "../../environment/schema";
import { quote } from "../../lib/bash";

/**
 * Names of the interfaces that pod networks make on a node, as patterns of the shell: Antrea's gateway, switch and
 * tunnel; flannel's tunnel and its bridge; kube-proxy's and kube-router's; the nodes' ends of the pods' cables.
 */
const MADE_BY_POD_NETWORKS = [
  "antrea-*",
  "ovs-system",
  "genev_sys_*",
  "vxlan_sys_*",
  "flannel.*",
  "cni0",
  "kube-*",
  "veth*",
];

/** Antrea names the nodes' ends after their pods: eight characters, a hyphen, six of a hash. */
const ANTREA_PODS = "????????-??????";

/** Other names that open-vm-tools leaves out by default (`exclude-nics` in its tools.conf). */
const LEFT_OUT_BY_DEFAULT = ["docker*", "virbr*", "cali*"];

/**
 * The interface over which a node's own processes and its pods reach each other; only pods are behind it. A firewall that drops
 * incoming packets must let it through, or no pod reaches the kubelet or a host-network pod of its own node. NetworkPolicies say what
 * a pod may send there. Packets that the node only forwards need no rule from here: antrea-agent
 * (chain ANTREA-FORWARD) and flannel (FLANNEL-FWD) let their pods' through whatever the policy of FORWARD is.
 */
export function podGateway({ cni }: Pick<Environment, "cni">): string {
  return { antrea: "antrea-gw0", flannel: "cni0" }[cni.type];
}

/**
 * Bash that keeps systemd-networkd away from interfaces that are not its own. A restarted networkd would remove addresses and routes
 * that the pod network's agents have set, and they would not notice. The first file that matches counts, so the number
 * is below those of cloud-init (10) and of PhotonOS (99, every interface whose name begins with e). One section
 * matches only where all its lines do; hence two files, the second for Antrea's pods, which have no names of their own. A
 * machine that is a container has a veth for its own interface, too.
 * It uses the function of ssh/writeFunction.ts.
 * @see https://github.com/antrea-io/antrea/blob/main/docs/os-issues.md
 */
export function leaveToPodNetwork({ vsphere }: Pick<Environment, "vsphere">): string {
  const unmanaged = (match: string) => quote(`[Match]\n${match}\n\n[Link]\nUnmanaged=yes`);
  const pods = `Driver=veth\nName=!${vsphere.networkInterface}`;
  return `if systemctl is-active --quiet systemd-networkd; then
  reload=no
  if write /etc/systemd/network/05-pod-network.network ${unmanaged(`Name=${MADE_BY_POD_NETWORKS.join(" ")}`)}; then reload=yes; fi
  if write /etc/systemd/network/05-pods.network ${unmanaged(pods)}; then reload=yes; fi
  [[ $reload == no ]] || networkctl reload
fi`;
}

/**
 * Bash that keeps open-vm-tools from reporting those interfaces to the vCenter, where the cloud provider would take a
 * pod network's address for the node's. Its own command edits tools.conf, which keeps all else that stands there; the
 * service reads the file again by itself, every 5 s (CONF_POLL_TIME). Where open-vm-tools is not installed nothing is done.
 * @see https://github.com/kubernetes/cloud-provider-vsphere/blob/master/docs/book/known_issues.md
 */
export function hideFromVcenter({ vsphere }: Pick<Environment, "vsphere">): string {
  const excluded = [...MADE_BY_POD_NETWORKS, ANTREA_PODS, ...LEFT_OUT_BY_DEFAULT];
  return `if command -v vmware-toolbox-cmd >/dev/null; then
  # tools KEY VALUE: sets it in the section guestinfo unless it is so.
  tools() {
    [[ $(vmware-toolbox-cmd config get guestinfo "$1") == "[guestinfo] $1 = $2" ]] || vmware-toolbox-cmd config set guestinfo "$1" "$2"
  }
  tools primary-nics ${quote(vsphere.networkInterface)}
  tools exclude-nics ${quote(excluded.join(","))}
fi`;
}
