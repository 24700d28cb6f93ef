import { z } from "zod";

import { atLeastOne, dnsLabel, ipv4Address, ipv4Network, labels, text, userName } from "./fields";

/** How the programs log in on the machines: with a generated key only, as a named user with sudo. */
export const ssh = z.strictObject({
  /** @default "sitewright" */
  user: userName.default("sitewright"),
});

/** A signed repository of packages that nodes use beside those of the template. */
const repository = z.strictObject({
  /** Names its files on the nodes. */
  name: dnsLabel,
  /** URL of the folder with its metadata: `repodata` for tdnf, `Packages` and `InRelease` for apt (a flat repository). */
  url: z.url({
    protocol: /^https?$/,
    error: "a URL such as https://pkgs.k8s.io/core:/stable:/v1.36/rpm/",
  }),
  /** The OpenPGP public key that signs it, as text (`-----BEGIN PGP PUBLIC KEY BLOCK-----` …). No other key is accepted for it. */
  key: z
    .string()
    .trim()
    .regex(
      /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[\s\S]+\n-----END PGP PUBLIC KEY BLOCK-----$/,
      "one OpenPGP public key as text, -----BEGIN PGP PUBLIC KEY BLOCK----- and so on",
    ),
});

/** How software comes onto the machines: from the repositories the template was made with, and for nodes from others that are named here. */
export const packages = z.strictObject({
  /** `tdnf` on PhotonOS, `apt` on Debian. */
  manager: z.enum(["tdnf", "apt"]),
  /**
   * Whose packages Kubernetes is. `photon`: PhotonOS' own, which end with 1.27. `community`: kubeadm, kubelet, kubectl, cri-tools and
   * kubernetes-cni as pkgs.k8s.io has them for each minor version. Default: `photon` with tdnf, `community` with apt.
   */
  source: z.enum(["photon", "community"]).optional(),
  /**
   * Repositories that are written to the nodes. Every node first looks, before it changes anything, whether they are signed by their keys
   * and have Kubernetes in its version. A repository that is taken out of the list stays on the nodes that have it. @default []
   */
  repositories: z.array(repository).default([]),
  /**
   * Versions by package name: upstream's (`2.8.2`), which any packaging revision satisfies, or a full one in the package
   * manager's own notation (`2.8.2-1.ph5`). A listed package is held there. One that is not listed is installed in the
   * version the repository offers.
   * @default {}
   */
  pins: z.record(text, text).default({}),
});

/** How nodes are taken out of service. */
export const maintenance = z.strictObject({
  /**
   * Seconds that a node may take to be drained before it leaves the cluster or is restarted: its pods end, and others start elsewhere, as
   * the budgets of the applications allow. Then the update ends with what is in the way, and nothing is lost. @default 600
   */
  drainSeconds: atLeastOne.default(600),
  /**
   * How many workers may be out of service at a time because their machines are restarted or replaced. Of control planes it is always
   * one. @default 1
   */
  maxUnavailable: atLeastOne.default(1),
});

const taint = z.strictObject({
  key: text,
  value: z.string().default(""),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

/** One network and what all nodes in it have in common. */
export const zone = z.strictObject({
  /** Name of the port group in the vCenter. */
  portGroup: text,
  /** Name of the compute cluster whose hosts run the zone's machines. Default: `vsphere.cluster`. */
  cluster: text.optional(),
  /** Name of a resource pool in the zone's cluster. Default: `vsphere.resourcePool`, in another cluster its root pool. */
  resourcePool: text.optional(),
  /** Name of the datastore for the zone's machines. Acts when a machine is cloned. Default: `vsphere.datastore`. */
  datastore: text.optional(),
  /** The network's range. */
  cidr: ipv4Network,
  /** Machines learn it at their first boot. `up` names those that still have another one. */
  gateway: ipv4Address,
  /** Resolvers, in the order they are asked. They must answer for `domain`. Machines learn them as they learn `gateway`. */
  dnsServers: z.array(ipv4Address).min(1, "at least one resolver"),
  /** Labels of every node in the zone. @default {} */
  labels: labels.default({}),
  /** Taints of every worker in the zone. @default [] */
  taints: z.array(taint).default([]),
});

const machine = {
  /** Host name, node name and name in the inventory. */
  name: dnsLabel,
  /** The zone whose network the machine is in. */
  zone: dnsLabel,
  /** Static address inside the zone's network. */
  address: ipv4Address,
  /** Virtual CPUs. */
  cpus: atLeastOne,
  /** Memory in MiB. */
  memoryMiB: z.int("MiB as a whole number").min(512, "at least 512 MiB"),
  /**
   * Whether the host keeps all of the memory for this machine: etcd stands no swapping beneath it.
   * @default true for control planes, otherwise false
   */
  memoryReservation: z.boolean().optional(),
  /**
   * Size of the only disk in GiB; not below the template's. It acts when the machine is cloned. A machine that is there keeps its size,
   * because the programs that attach volumes manage its list of disks: a change without another `generation` is refused.
   */
  diskGiB: atLeastOne,
};

/**
 * A second machine beside the load balancer, in the same zone and of the same size. Both run HAProxy; keepalived gives the
 * virtual address to one of them at a time, by VRRP.
 */
const loadBalancerPair = z.strictObject({
  /** Host name of the second machine, and its name in the inventory. */
  name: dnsLabel,
  /** Static address of the second machine. */
  address: ipv4Address,
  /** The address of the API and the ingress, in place of the load balancer's own; a free one in the zone's network. */
  virtualAddress: ipv4Address,
  /** VRRP's virtual router ID, 1 to 255; no other VRRP group in that network may have it. */
  routerId: z
    .int("a whole number from 1 to 255")
    .min(1, "at least 1")
    .max(255, "at most 255, the largest virtual router ID of VRRP"),
});

/** The machine with HAProxy before the API and the ingress. */
export const loadBalancer = z.strictObject({
  ...machine,
  /** Default: one machine. While it is down, the API and the ingress are down too. */
  pair: loadBalancerPair.optional(),
  /**
   * Whether the ingress learns the clients' addresses, by the PROXY protocol: for its access log and whatever goes by addresses. Traefik
   * believes the load balancers' machines alone. Node ports of the ingress then answer only on workers with a pod of Traefik.
   * Default: Traefik sees a node's address in place of the client's. @default false
   */
  proxyProtocol: z.boolean().default(false),
});

export const node = z.strictObject({
  ...machine,
  role: z.enum(["control-plane", "worker"]),
  /**
   * Counts the machines that have had this name. Another number replaces the machine by a new clone with the same name, address and
   * host key, once its node has left the cluster. What is on its disk is lost. At least 1.
   * @default 1
   */
  generation: atLeastOne.default(1),
  /** Labels beside those of the zone. @default {} */
  labels: labels.default({}),
});
