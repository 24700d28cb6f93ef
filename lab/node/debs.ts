/** One Debian package of the node template that is built here, because Debian does not carry it. */
export interface Deb {
  name: string;
  version: string;
  /** Package names as in a control file. */
  depends: string[];
  description: string;
  /** Path in the package: file in the toolchain's folder of lab binaries, mode 0755. */
  binaries: Record<string, string>;
  /** Path in the package: file beside this one, mode 0644. */
  files: Record<string, string>;
  /** Empty directories. */
  directories: string[];
}

/** What the toolchain knows its binaries' versions to be; the same notation as upstream's packages. */
export interface Versions {
  kubernetes: string;
  cniPlugins: string;
}

/** CNI plugins that the site's pod network and container runtime call. */
export const CNI_PLUGINS = ["bridge", "host-local", "loopback", "portmap"];

/**
 * The Kubernetes packages under upstream's names and versions, so that `apt-get install kubeadm=1.36.3-1.1` finds on a lab
 * node what it would have installed. cri-tools is left out: kubeadm speaks to the container runtime itself since 1.31.
 */
export function debsOf({ kubernetes, cniPlugins }: Versions): Deb[] {
  const version = `${kubernetes}-1.1`;
  const plain = { depends: [], files: {}, directories: [] };
  return [
    {
      ...plain,
      name: "kubectl",
      version,
      description: "Kubernetes command line",
      binaries: { "/usr/bin/kubectl": "kubectl" },
    },
    {
      ...plain,
      name: "kubernetes-cni",
      version: `${cniPlugins}-1.1`,
      description: "CNI plugins",
      binaries: Object.fromEntries(
        CNI_PLUGINS.map((name) => [`/opt/cni/bin/${name}`, `cni/${name}`]),
      ),
    },
    {
      name: "kubelet",
      version,
      depends: ["iptables", "mount", "kubernetes-cni"],
      description: "Kubernetes node agent",
      binaries: { "/usr/bin/kubelet": "kubelet" },
      files: { "/usr/lib/systemd/system/kubelet.service": "kubelet.service" },
      directories: ["/etc/kubernetes/manifests", "/var/lib/kubelet"],
    },
    {
      name: "kubeadm",
      version,
      depends: [
        `kubelet (>= ${kubernetes})`,
        `kubectl (>= ${kubernetes})`,
        "ethtool",
        "socat",
        "conntrack",
      ],
      description: "Kubernetes cluster bootstrap",
      binaries: { "/usr/bin/kubeadm": "kubeadm" },
      files: { "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": "10-kubeadm.conf" },
      directories: [],
    },
  ];
}

/**
 * Renders the control file of a package.
 *
 * @param architecture - Debian's word for the processor of its programs.
 */
export function renderControl(
  { name, version, depends, description }: Deb,
  architecture: string,
): string {
  const lines = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Section: admin",
    "Priority: optional",
    "Maintainer: sitewright lab <root@localhost>",
    ...(depends.length === 0 ? [] : [`Depends: ${depends.join(", ")}`]),
    `Description: ${description}, built for the lab from the toolchain's binaries`,
  ];
  return `${lines.join("\n")}\n`;
}
