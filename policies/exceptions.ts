import type { Finding, Policy } from "./policy";
import type { Resource } from "./resource";

/** What a policy lets pass, and why. A part of one that nothing in an environment needs any more fails a test. */
export interface Exception {
  /** Name of the policy. */
  policy: string;
  /** Name of the resource in its program. @default every resource */
  resource?: string | RegExp;
  /** Parts of the resource, as the policy names them. @default all of it */
  about?: readonly string[];
  reason: string;
}

/** The pods of a network and of storage make what no other pod may touch: interfaces, rules and mounts of their nodes. */
const agents: Exception[] = [
  {
    policy: "privileges",
    resource: "pod-network-flannel-agent",
    about: [
      "hostNetwork",
      "/run/flannel",
      "/etc/cni/net.d",
      "/run/xtables.lock",
      "flanneld: NET_ADMIN",
      "flanneld: NET_RAW",
    ],
    reason:
      "It makes the tunnel between the nodes and writes the pod network's configuration for containerd.",
  },
  {
    policy: "privileges",
    resource: "pod-network-kube-router-agent",
    about: [
      "hostNetwork",
      "/lib/modules",
      "/run/xtables.lock",
      "kube-router: NET_ADMIN",
      "kube-router: NET_RAW",
    ],
    reason: "It enforces NetworkPolicies by rules in its node's packet filter.",
  },
  {
    policy: "privileges",
    resource: "pod-network-antrea-agent",
    about: [
      "hostNetwork",
      "/etc/cni/net.d",
      "/opt/cni/bin",
      "/proc",
      "/var/run/netns",
      "/var/run/antrea",
      "/var/log/antrea",
      "/run/xtables.lock",
      "antrea-agent: privileged",
      "antrea-ovs: SYS_NICE",
      "antrea-ovs: NET_ADMIN",
      "antrea-ovs: SYS_ADMIN",
      "antrea-ovs: IPC_LOCK",
      "antrea-ovs: escalation",
    ],
    reason:
      "It installs the CNI plugin, enters the network of every pod, and runs Open vSwitch; as Antrea's release has it.",
  },
  {
    policy: "privileges",
    resource: "pod-network-antrea-controller",
    about: ["hostNetwork", "/var/log/antrea"],
    reason:
      "Nodes of other zones reach it by its node's address, and its support bundle reads the log there.",
  },
  {
    policy: "privileges",
    resource: "cloud-provider-pods",
    about: ["hostNetwork"],
    reason: "It initializes nodes before there is a pod network.",
  },
  {
    policy: "privileges",
    resource: "volumes-vsphere-csi-node",
    about: [
      "hostNetwork",
      "/var/lib/kubelet/plugins_registry",
      "/var/lib/kubelet/plugins/csi.vsphere.vmware.com",
      "/var/lib/kubelet",
      "/dev",
      "/sys/block",
      "/sys/devices",
      "vsphere-csi-node: privileged",
    ],
    reason: "It formats disks and mounts them where the kubelet shows them to pods.",
  },
  {
    policy: "privileges",
    resource: "volumes-local-path-config",
    about: ["helper-pod: DAC_OVERRIDE", "helper-pod: FOWNER"],
    reason: "It removes what other users have left in a volume. It lives for that moment.",
  },
  {
    policy: "non-root",
    resource: /^pod-network-(flannel|kube-router|antrea)-agent$/,
    reason: "Interfaces and rules of a node are root's; see the privileges they are let have.",
  },
  {
    policy: "non-root",
    resource: "pod-network-antrea-controller",
    reason:
      "Antrea's image has no other user, and its log folder on the node is root's. It has no capability.",
  },
  {
    policy: "non-root",
    resource: "volumes-vsphere-csi-node",
    reason: "Disks, mounts and the kubelet's sockets are root's.",
  },
  {
    policy: "non-root",
    resource: "volumes-local-path-config",
    reason: "The folder of the volumes on a node is root's.",
  },
  {
    policy: "read-only-root",
    resource: "pod-network-antrea-agent",
    about: ["install-cni", "antrea-agent", "antrea-ovs"],
    reason:
      "Antrea's release does not set it, and what its scripts write outside the volumes was not tried.",
  },
  {
    policy: "read-only-root",
    resource: "pod-network-antrea-controller",
    about: ["antrea-controller"],
    reason:
      "Antrea's release does not set it, and what the controller writes outside the volumes was not tried.",
  },
  {
    policy: "read-only-root",
    resource: "volumes-vsphere-csi-node",
    about: ["vsphere-csi-node"],
    reason:
      "The driver's release does not set it, and what mkfs and mount of its image write was not tried.",
  },
  {
    policy: "disk-bounded",
    resource: /^consul-.*-job$/,
    reason:
      "A Job cannot be changed, and one that is done is not to run again for this. The limits of its namespace bound it.",
  },
  {
    policy: "disk-bounded",
    resource: /^(pod-network|volumes|cloud-provider)-/,
    reason:
      "No quota counts the pods of the cluster itself: besides logs they write to folders of the node, which no limit covers.",
  },
  {
    policy: "resources-set",
    resource: /^pod-network-antrea-(agent|controller)$/,
    reason:
      "Antrea's release names none: what it takes grows with the flows of a node, and one that is ended for it cuts its node off.",
  },
];

/** Where no certificate can be verified yet; no secret is sent, and no answer is trusted. */
const unverified: Exception[] = [
  {
    policy: "verified-tls",
    resource: /^load-balancer.*-haproxy$/,
    about: ["stdin: ssl verify none"],
    reason:
      "Before kubeadm has made the cluster's CA; then the branch that verifies by it is the one in force. Clients verify end to end.",
  },
  {
    policy: "verified-tls",
    resource: "initialize",
    about: ["create: --insecure-skip-tls-verify"],
    reason:
      "Asks without credentials whether any API server answers there, and trusts nothing else in the answer; if one does, no second cluster is made.",
  },
];

export const exceptions: readonly Exception[] = [
  ...agents,
  ...unverified,
  {
    policy: "data-kept",
    resource: "consul-servers-pods",
    reason:
      "Its volumes end with the servers; what is in them is saved every hour on a file server: make restore APP=consul.",
  },
  {
    policy: "names",
    resource: /^namespace-default-(default-deny|allow-dns)$/,
    reason: "They close the namespace default, in which nothing of ours is.",
  },
];

/** Whether an exception covers what was found. */
export function isExcepted(
  policy: Pick<Policy, "name">,
  resource: Pick<Resource, "name">,
  { about }: Pick<Finding, "about">,
  allowed: readonly Exception[],
): boolean {
  return allowed.some(
    (one) =>
      one.policy === policy.name &&
      isNamed(resource.name, one.resource) &&
      (one.about === undefined || (about !== undefined && one.about.includes(about))),
  );
}

function isNamed(name: string, by: string | RegExp | undefined): boolean {
  return by instanceof RegExp ? by.test(name) : by === undefined || by === name;
}
