import { z } from "zod";

import { apps } from "./appsSchema";
import {
  atLeastOne,
  certificates,
  dnsLabel,
  dnsName,
  imageDigest,
  imageName,
  ipv4Address,
  ipv4Network,
  labels,
  port,
  text,
  thumbprint,
  userName,
  version,
} from "./fields";
import { namespace } from "./namespaceSchema";
import { storageClass, volumes } from "./storageSchema";

/**
 * The shape of one environment: everything that distinguishes one site from another, and nothing else. It is the
 * content of the namespace `site:` in Pulumi.<stack>.yaml. Objects are strict: a key that is not listed here is a fault.
 * What zod cannot see because it spans several keys is in checks.ts.
 */

/** Where and how virtual machines are cloned. The account's password is the secret `vsphere:password`, never a key here. */
const vsphere = z.strictObject({
  /**
   * Host name or address of the vCenter, optionally with `:port`. The machine that runs Pulumi and, with
   * kubernetes.cloudProvider, the control planes reach it by this name. Its TLS certificate is verified, unless `insecure`.
   */
  server: z
    .string()
    .regex(/^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/, "a host name or address, optionally with :port"),
  /**
   * Lets any certificate of the vCenter pass, so that whoever stands between can read the passwords. Every command warns.
   * @default false
   */
  insecure: z.boolean().default(false),
  /**
   * SHA-1 or SHA-256 of the vCenter's certificate, hexadecimal, with or without colons. The preflight refuses another one, the
   * cloud provider and the CSI driver compare it too. Default: none; the certificate's authority alone decides.
   */
  thumbprint: thumbprint.optional(),
  /** Account that clones, such as `provisioner@vsphere.local`. */
  user: text,
  /**
   * User names of the accounts with which the cluster itself calls the vCenter, with rights of their own
   * (docs/vcenter-access.md); their passwords are the secrets `cluster:cloudProviderPassword` and `cluster:csiPassword`.
   * Needed with kubernetes.cloudProvider. Default: the site has neither.
   */
  accounts: z
    .strictObject({
      /** Account of the cloud controller manager, such as `k8s-cloud-provider@vsphere.local`: it only reads. */
      cloudProvider: text,
      /** Account of the CSI driver, such as `k8s-csi@vsphere.local`. */
      csi: text,
    })
    .optional(),
  /**
   * Whether infra makes the roles and gives them to `accounts`. `user` then has to be an administrator; else an administrator
   * does it once, by the list that `make access` prints.
   * @default false
   */
  manageAccess: z.boolean().default(false),
  /** Names of the datastores on which the CSI driver may make volumes. Default: `datastore` alone. */
  volumeDatastores: z.array(text).min(1, "at least one datastore").optional(),
  /** Name of the datacenter in the inventory. */
  datacenter: text,
  /** Name of the compute cluster whose hosts run the machines. */
  cluster: text,
  /** Name of the resource pool. Default: the root pool of `cluster`. */
  resourcePool: text.optional(),
  /** Name of the datastore that holds the machines' disks. Acts when a machine is cloned. */
  datastore: text,
  /** Name of the template, a virtual machine with cloud-init and its VMware datasource. */
  template: text,
  /**
   * Folder below the datacenter's VM folder, created, and removed by destroy. Of a path such as `kubernetes/prd` the last part
   * is: the folder above has to be there, and is where an administrator binds rights on what infra makes below.
   */
  folder: text,
  /**
   * `full` copies the template's disk. `linked` shares it: what is cloned from must then have exactly one snapshot, and every
   * `diskGiB` must be its disk's size. vSphere shares what lies below the snapshot only, so one that was marked as a template
   * without any is copied after all, which nobody tells.
   * @default "full"
   */
  clone: z.enum(["full", "linked"]).default("full"),
  /**
   * How a full clone's disk takes its room: `thin` as it is written; `thick` at once; `eagerZeroedThick` at once, and filled
   * with zeros. Acts when a machine is cloned. Default: as the template's disk; for a linked clone there is no other.
   */
  diskFormat: z.enum(["thin", "thick", "eagerZeroedThick"]).optional(),
  /**
   * Version of the virtual hardware, not below the template's. 15 is vSphere 6.7U2, 17 7.0, 19 7.0U2, 20 8.0, 21 8.0U2; the
   * plugin that the toolchain builds knows up to 19, the official one more. Acts when a machine is cloned: an upgrade would
   * restart every node. Default: the template's.
   */
  hardwareVersion: z.int().min(15, "from 15 to 21").max(21, "from 15 to 21").optional(),
  /**
   * Tags that machines get, in categories of their own named `<clusterName>-role` and so on: `role` (control-plane, worker,
   * load-balancer), `zone`, `site` (the domain). With a list, tags put on by others are taken off by the next change; without
   * one they are left alone.
   * @default []
   */
  tags: z.array(z.enum(["role", "zone", "site"])).default([]),
  /**
   * Has DRS keep control planes on different hosts of their cluster, and load balancers likewise, as long as there are
   * enough hosts. Needs DRS, thus an Enterprise Plus licence, and the privilege Host.Inventory.EditCluster.
   * @default false
   */
  separateHosts: z.boolean().default(false),
  /**
   * Name of the guest's first network interface, to which the static address is given. PhotonOS names it eth0.
   * @default "eth0"
   */
  networkInterface: text.default("eth0"),
  /** The vCenter's address, for firewall rules. Needed with kubernetes.cloudProvider where `server` is a name. */
  address: ipv4Address.optional(),
  /**
   * Certificates of the authorities that sign the vCenter's certificate, PEM, for what runs in the cluster. Default: those in
   * the file that the variable SITEWRIGHT_VCENTER_CA names; without it the public authorities.
   */
  certificateAuthority: certificates.optional(),
});

/** How the programs log in on the machines: with a generated key only, as a named user with sudo. */
const ssh = z.strictObject({
  /** @default "sitewright" */
  user: userName.default("sitewright"),
});

/** How software comes onto the machines: from the repositories the template was made with. */
const packages = z.strictObject({
  /** `tdnf` on PhotonOS, `apt` on Debian. */
  manager: z.enum(["tdnf", "apt"]),
  /**
   * Versions by package name: upstream's (`2.8.2`), which any packaging revision satisfies, or a full one in the package
   * manager's own notation (`2.8.2-1.ph5`). A listed package is held there. One that is not listed is installed in the
   * version the repository offers.
   * @default {}
   */
  pins: z.record(text, text).default({}),
});

const taint = z.strictObject({
  key: text,
  value: z.string().default(""),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

/** One network and what all nodes in it have in common. */
const zone = z.strictObject({
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
  gateway: ipv4Address,
  /** Resolvers, in the order they are asked. They must answer for `domain`. */
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
   * Size of the only disk in GiB; not below the template's. It acts when the machine is cloned: on a machine that is there a
   * change does nothing, because its list of disks is left to whoever attaches volumes.
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
const loadBalancer = z.strictObject({
  ...machine,
  /** Default: one machine, whose loss takes the API and the ingress along until it is back. */
  pair: loadBalancerPair.optional(),
});

const node = z.strictObject({
  ...machine,
  role: z.enum(["control-plane", "worker"]),
  /** Labels beside those of the zone. @default {} */
  labels: labels.default({}),
});

/** A file server outside the vCenter that nodes mount by NFS. */
const nas = z.strictObject({
  /** Its DNS name. */
  name: dnsName,
  /** Its address, for firewall rules. */
  address: ipv4Address,
});

/** One flow beside those of flows.ts that the firewall between the zones must let through. */
const extraFlow = z.strictObject({
  /** `control-plane`, `api`, `nas`, the name of a zone (its nodes), of a node, or an IPv4 address or network. */
  from: text,
  /** As `from`. */
  to: text,
  protocol: z.enum(["tcp", "udp"]),
  ports: z.array(port).min(1, "at least one port"),
  /** Shown in the table of flows. */
  reason: text,
});

const kubernetes = z.strictObject({
  /** Version of kubeadm, kubelet and the control plane, such as "1.27.16". */
  version,
  /** kubeadm's clusterName. */
  clusterName: dnsLabel,
  /** DNS name of the API; it must resolve to the load balancer. @default "kube." + domain */
  apiName: dnsName,
  /** Port of the API at the load balancer and on every control plane. @default 6443 */
  apiPort: port.default(6443),
  /** Range of pod addresses; each node gets a /24 of it. */
  podSubnet: ipv4Network,
  /** Range of Service addresses. */
  serviceSubnet: ipv4Network,
  /**
   * vSphere's cloud controller manager: it gives every node the providerID of its virtual machine and its addresses, which
   * the CSI driver builds on. It cannot be added to a cluster, nor taken from it. Default: none.
   */
  cloudProvider: z
    .strictObject({
      /** Its release, whose minor version is that of Kubernetes. */
      version,
      /**
       * Whether a node is deleted from the cluster when the vCenter no longer knows its machine. Machines of this site come
       * and go with the stacks infra and cluster, and a vCenter that answers wrongly must not empty a cluster.
       * @default false
       */
      deletesNodes: z.boolean().default(false),
    })
    .optional(),
  /** Encryption of Secrets in etcd, with a generated key. */
  encryption: z
    .strictObject({
      /**
       * Another number is another key: API servers are restarted one after the other to take it in, all Secrets are written anew
       * with it, and the former key goes. @default 1
       */
      keyGeneration: atLeastOne.default(1),
    })
    .prefault({}),
  /** How much of the API servers' audit log stays on each control plane's disk. Acts when a control plane is made. */
  audit: z
    .strictObject({
      /** Days after which a file goes. @default 30 */
      maxAgeDays: atLeastOne.default(30),
      /** Files beside the one that is written to. @default 10 */
      maxBackups: atLeastOne.default(10),
      /** MiB at which a file is ended and another begun. @default 100 */
      maxSizeMiB: atLeastOne.default(100),
    })
    .prefault({}),
  /** Registry path of the control plane's images. Default: kubeadm's own. */
  imageRepository: text.optional(),
  /** Checks of kubeadm's preflight that may fail, such as SystemVerification. @default [] */
  ignorePreflightErrors: z.array(text).default([]),
  /** Fields of KubeletConfiguration, laid over kubeadm's defaults and cluster/hardening/kubelet.ts. @default {} */
  kubelet: z.record(text, z.unknown()).default({}),
  /** Fields of KubeProxyConfiguration, laid over kubeadm's defaults. @default {} */
  kubeProxy: z.record(text, z.unknown()).default({}),
});

const containerd = z.strictObject({
  /** Base URL of a registry that is asked for every image before its own registry. Default: none. */
  registryMirror: z.url("a URL such as http://registry.coolcorp.priv:5000").optional(),
  /** Needed where containerd may not lower a process's oom_score_adj. @default false */
  restrictOomScoreAdj: z.boolean().default(false),
  /** The pause image; kubeadm of this Kubernetes version names it (`kubeadm config images list`). */
  sandboxImage: text,
});

/** What `make smoke` tests the pod network with: pods of Kubernetes' own program for such tests. */
const smoke = z.strictObject({
  /** @default "registry.k8s.io/e2e-test-images/agnhost" */
  image: imageName.default("registry.k8s.io/e2e-test-images/agnhost"),
  /** Tag of the image. @default "2.63.0" */
  version: version.default("2.63.0"),
});

/** An image of Antrea; its tag is the release. */
const antreaImage = (name: string) =>
  z
    .strictObject({
      /** Default: upstream's. */
      image: imageName.default(`docker.io/antrea/${name}`),
      /**
       * Digest of the image (`sha256:…`), without which whatever the registry has under the release's tag is run. It belongs to
       * one release: change both together.
       */
      digest: imageDigest.optional(),
    })
    .prefault({});

/** The pod network. Both kinds enforce NetworkPolicy. Antrea needs the kernel's openvswitch, 4.6 or newer. */
const cni = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("antrea"),
    /** Release of Antrea, one that SUPPORTED_ANTREA allows. A newer one replaces the controller, then agent after agent. */
    version,
    /** Image of the agents and of Open vSwitch's daemons. */
    agent: antreaImage("antrea-agent-ubuntu"),
    /** Image of the controller. */
    controller: antreaImage("antrea-controller-ubuntu"),
    smoke: smoke.prefault({}),
  }),
  z.strictObject({
    type: z.literal("flannel"),
    /** Release of flannel, which carries the pods' packets by VXLAN. */
    flannelVersion: version,
    /** Release of kube-router, which enforces NetworkPolicy and nothing else. */
    kubeRouterVersion: version,
    /** UDP port of the VXLAN tunnel. @default 8472 */
    vxlanPort: port.default(8472),
    smoke: smoke.prefault({}),
  }),
]);

/** The whole environment. Lists keep the order of the file. */
export const environmentSchema = z.strictObject({
  /** Name of the stack, taken from the file's name: `dev`, `prd`. */
  stack: dnsLabel,
  /** Domain of the site's machines. */
  domain: dnsName,
  vsphere,
  ssh: ssh.prefault({}),
  packages,
  /** Networks by name. */
  zones: z.record(dnsLabel, zone),
  loadBalancer,
  nodes: z.array(node),
  /** Default: the site has no file server, and no flows to one. */
  nas: nas.optional(),
  /** @default [] */
  flows: z.array(extraFlow).default([]),
  kubernetes,
  containerd,
  cni,
  volumes,
  storageClasses: z.array(storageClass),
  namespaces: z.array(namespace),
  apps,
});

/** One environment with every default filled in. */
export type Environment = z.output<typeof environmentSchema>;
export type Zone = Environment["zones"][string];
export type Taint = Zone["taints"][number];
export type NodeSpec = Environment["nodes"][number];
export type LoadBalancerSpec = Environment["loadBalancer"];
export type MachineSpec = NodeSpec | LoadBalancerSpec;
export type StorageClassSpec = Environment["storageClasses"][number];
export type NamespaceSpec = Environment["namespaces"][number];
export type Packages = Environment["packages"];
