import { volumesOf } from "../environment/appVolumes";
import type { Environment, NodeSpec } from "../environment/schema";
import { openPorts } from "../remote/firewall";
import { ensurePackages, type Package } from "../remote/packages";
import { poll, quote, script } from "../remote/shell";
import { containerdConfig, REGISTRY_CONFIG_PATH, registryMirrorHosts } from "./containerd";
import { firewallPorts } from "./firewallPorts";
import { failsOnSwap } from "./kubelet";

/** Seconds for packages from a slow mirror, and all else that preparation does. */
export const PREPARE_DEADLINE_SECONDS = 900;

/** Kernel modules that containerd's snapshotter and kube-proxy's rules need. */
const MODULES = ["overlay", "br_netfilter"];

/** Packets that cross a bridge pass through iptables, and the machine forwards between its interfaces. */
const SYSCTLS = {
  "net.bridge.bridge-nf-call-iptables": 1,
  "net.bridge.bridge-nf-call-ip6tables": 1,
  "net.ipv4.ip_forward": 1,
};

/**
 * Bash that makes a machine ready for kubeadm: packages in their versions, kernel settings, swap, containerd, firewall.
 * It may run any number of times; it restarts containerd only when containerd's configuration has changed.
 */
export function prepareScript(environment: Environment, node: NodeSpec): string {
  const { packages, kubernetes, containerd } = environment;
  const mirrorHosts = registryMirrorHosts(containerd);
  const mirrorFile = `${REGISTRY_CONFIG_PATH}/_default/hosts.toml`;
  return script(
    refuseUpgrade(kubernetes.version),
    ensurePackages(packages, nodePackages(environment)),
    `# write PATH CONTENT: true when the file had another content, or none.
write() {
  [[ ! -f $1 || $(<"$1") != "$2" ]] || return 1
  mkdir -p "$(dirname "$1")"
  printf '%s\\n' "$2" >"$1.new"
  chmod 0644 "$1.new"
  mv "$1.new" "$1"
}`,
    `write /etc/modules-load.d/kubernetes.conf ${quote(MODULES.join("\n"))} || true
# A module may be built into the kernel: what counts is what it brings.
modprobe --all ${MODULES.join(" ")} 2>/dev/null || true
grep -qw overlay /proc/filesystems || { echo "the kernel has no overlay file system, and containerd needs it" >&2; exit 1; }
[[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || { echo "the kernel has no br_netfilter, and kube-proxy needs it" >&2; exit 1; }`,
    `write /etc/sysctl.d/90-kubernetes.conf ${quote(sysctlFile())} || true
sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf`,
    failsOnSwap(kubernetes) ? swapOff() : "",
    `restart=no
if write /etc/containerd/config.toml ${quote(containerdConfig(environment).trimEnd())}; then restart=yes; fi
${
  mirrorHosts === undefined
    ? `rm -f ${mirrorFile}`
    : `write ${mirrorFile} ${quote(mirrorHosts.trimEnd())} || true # read at every pull`
}
systemctl enable --quiet --now containerd
[[ $restart == no ]] || systemctl restart containerd`,
    poll({
      what: "containerd listens on /run/containerd/containerd.sock",
      command: "test -S /run/containerd/containerd.sock",
      deadlineSeconds: 60,
    }),
    openPorts(firewallPorts(environment, node)),
    `# kubeadm starts it; enabled, it comes back after a reboot.
systemctl enable --quiet kubelet`,
  );
}

/**
 * A machine that is part of a cluster keeps its version: new binaries under a running kubelet are no upgrade, and a
 * kubelet must never be newer than its API server.
 * @see https://kubernetes.io/releases/version-skew-policy/
 */
function refuseUpgrade(version: string): string {
  return `if [[ -f /etc/kubernetes/kubelet.conf ]]; then
  running=$(kubelet --version)
  if [[ $running != ${quote(`Kubernetes v${version}`)} ]]; then
    echo "$(hostname) is part of a cluster and runs $running; kubernetes.version is ${version}." >&2
    echo "A running cluster is not upgraded by this step. Set kubernetes.version back to what runs." >&2
    exit 1
  fi
fi`;
}

/** Swap goes off now and stays off: the kubelet accounts memory as if there were none. */
function swapOff(): string {
  return `swapoff --all
sed --in-place --regexp-extended '/^[^#].*[[:space:]]swap[[:space:]]/ s/^/#/' /etc/fstab`;
}

/**
 * Packages of a node, by distribution. Photon's `kubernetes` holds kubelet and kubectl and brings conntrack, socat and
 * ethtool with it; `containerd-extras` holds the runc shim without which containerd starts nothing. A volume of a file server is mounted by the node, which needs mount.nfs for it.
 */
function nodePackages({ packages, kubernetes, apps }: Environment): Package[] {
  const { version } = kubernetes;
  const mountsNfs = volumesOf(apps).some(([, { nfs }]) => nfs !== undefined);
  switch (packages.manager) {
    case "tdnf":
      return [
        { name: "containerd" },
        { name: "containerd-extras" },
        { name: "cni" },
        { name: "kubernetes", version },
        { name: "kubernetes-kubeadm", version },
        ...(mountsNfs ? [{ name: "nfs-utils" }] : []),
      ];
    case "apt":
      return [
        { name: "containerd" },
        { name: "kubernetes-cni" },
        { name: "kubelet", version },
        { name: "kubectl", version },
        { name: "kubeadm", version },
        ...(mountsNfs ? [{ name: "nfs-common" }] : []),
      ];
    default: {
      const never: never = packages.manager;
      return never;
    }
  }
}

function sysctlFile(): string {
  return Object.entries(SYSCTLS)
    .map(([key, value]) => `${key} = ${value}`)
    .join("\n");
}
