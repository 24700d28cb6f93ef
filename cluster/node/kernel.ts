import type { Environment } from "../../environment/schema";
import { quote, script } from "../../lib/bash";

/** Kernel modules that containerd's snapshotter and kube-proxy's rules need; the last has a parameter below. */
const MODULES = ["overlay", "br_netfilter", "nf_conntrack"];

/** Kernel modules that the nodes' part of each pod network needs beside those, and that a kernel may lack. */
const MODULES_OF_CNI: Record<Environment["cni"]["type"], readonly string[]> = {
  // Antrea's switch, and its tunnel between the nodes.
  antrea: ["openvswitch", "geneve"],
  // The kernel brings VXLAN in by itself when flannel makes its interface.
  flannel: [],
};

/** Packets that cross a bridge pass through iptables, and the machine forwards between its interfaces. */
const SYSCTLS = {
  // Seconds for which an unanswered connection attempt stays bound to the pod that a Service chose for it. With the kernel's 120,
  // a client that uses a port again, while a machine is down and for two minutes after, reaches the pod that was there before; it
  // shows as single refused connections. This is long enough for an answer, and short enough for a repeated SYN to get another pod.
  "net.netfilter.nf_conntrack_tcp_timeout_syn_sent": 5,
  "net.bridge.bridge-nf-call-iptables": 1,
  "net.bridge.bridge-nf-call-ip6tables": 1,
  // PhotonOS sets it to 0 in 50-security-hardening.conf, so the number of our file is a higher one.
  "net.ipv4.ip_forward": 1,
};

/**
 * Bash that ends with an error if the kernel lacks what the pod network needs, before it changes anything on the machine. Both of
 * PhotonOS' kernels, linux and linux-esx, carry these modules (CONFIG_OPENVSWITCH and CONFIG_GENEVE are "m" in SPECS/linux of 4.0 and
 * 5.0), so on Photon it is most often a kernel that was updated and not yet booted: its package takes the modules of the running one
 * away.
 */
export function kernelPreflight({ cni }: Pick<Environment, "cni">): string {
  const modules = MODULES_OF_CNI[cni.type];
  if (modules.length === 0) {
    return "";
  }
  return `for module in ${modules.join(" ")}; do
  modprobe --quiet "$module" || [[ -d /sys/module/$module ]] || {
    kernel=$(uname -r)
    echo "$(hostname) runs kernel $kernel without the module $module, and the pod network (site:cni, ${cni.type}) needs it. Nothing was changed." >&2
    if [[ -d /lib/modules/$kernel ]]; then
      echo "Install a kernel that has it (PhotonOS: tdnf install linux-esx), reboot the machine, then run the same command again." >&2
    else
      echo "The modules of this kernel are not on the disk: another one was installed since the machine booted. Reboot it, then run the same command again." >&2
    fi
    exit 1
  }
done`;
}

/** Bash that loads modules and sets parameters, now and at every boot. It uses the function of ssh/writeFunction.ts. */
export function kernelSettings({ cni }: Pick<Environment, "cni">): string {
  const modules = [...MODULES, ...MODULES_OF_CNI[cni.type]];
  const parameters = Object.entries(SYSCTLS).map(([key, value]) => `${key} = ${value}`);
  return script(
    `write /etc/modules-load.d/kubernetes.conf ${quote(modules.join("\n"))} || true
# A module may be built into the kernel: what counts is what it brings.
modprobe --all ${MODULES.join(" ")} 2>/dev/null || true
grep -qw overlay /proc/filesystems || { echo "the kernel has no overlay file system, and containerd needs it" >&2; exit 1; }
[[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || { echo "the kernel has no br_netfilter, and kube-proxy needs it" >&2; exit 1; }`,
    `write /etc/sysctl.d/90-kubernetes.conf ${quote(parameters.join("\n"))} || true
sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf`,
  );
}
