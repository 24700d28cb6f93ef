import { z } from "zod";

import {
  atLeastOne,
  dnsLabel,
  dnsName,
  imageDigest,
  imageName,
  ipv4Network,
  port,
  text,
  version,
} from "./fields";

/** The cluster that kubeadm makes. */
export const kubernetes = z.strictObject({
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
       * Another number is another key: API servers are restarted one after the other to take it in, all Secrets are encrypted
       * with it, and the old key is removed. @default 1
       */
      keyGeneration: atLeastOne.default(1),
    })
    .prefault({}),
  /**
   * Another number takes the rights from every kubeconfig that the control planes have issued for the operator, and issues another
   * one. @default 1
   */
  kubeconfigGeneration: atLeastOne.default(1),
  /**
   * Backups of etcd with the keys of the cluster, which each control plane makes by itself: encrypted for the site's operator, and kept on
   * the load balancers.
   */
  etcdBackup: z
    .strictObject({
      /** Hours between two of them: 1, 2, 3, 4, 6, 8, 12 or 24. @default 6 */
      everyHours: z
        .int()
        .refine((hours) => hours > 0 && 24 % hours === 0, "1, 2, 3, 4, 6, 8, 12 or 24")
        .default(6),
      /** Days after which one may go. @default 14 */
      keepDays: atLeastOne.default(14),
      /** So many of the newest of each control plane stay, however old they are. @default 8 */
      keepAtLeast: atLeastOne.default(8),
    })
    .prefault({}),
  /** How much of the API servers' audit log stays on each control plane's disk. It cannot change while the cluster lives. */
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
  /** Registry path of the control plane's images; it cannot change while the cluster lives. Default: kubeadm's own. */
  imageRepository: text.optional(),
  /** Checks of kubeadm's preflight that may fail, such as SystemVerification. Acts when a node joins. @default [] */
  ignorePreflightErrors: z.array(text).default([]),
  /**
   * Fields of KubeletConfiguration, laid over kubeadm's defaults and cluster/hardening/kubelet.ts. They cannot change while the cluster
   * lives: nodes that join take them from it. @default {}
   */
  kubelet: z.record(text, z.unknown()).default({}),
  /** Fields of KubeProxyConfiguration, laid over kubeadm's defaults. They cannot change while the cluster lives. @default {} */
  kubeProxy: z.record(text, z.unknown()).default({}),
});

export const containerd = z.strictObject({
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
export const cni = z.discriminatedUnion("type", [
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
    /** Release of flannel, which carries the pods' packets by VXLAN: upstream's image, or one of the same name. */
    flannelVersion: version,
    /**
     * The image that writes a node's CNI configuration: it has `/opt/bin/flannel-conflist`, the program in
     * lab/images/flannel-conflist. Upstream publishes none, so a real site builds it and names it here.
     */
    conflist: z.strictObject({
      image: imageName,
      /** Tag of the image. */
      version,
    }),
    /** Release of kube-router, which enforces NetworkPolicy and nothing else. */
    kubeRouterVersion: version,
    /** UDP port of the VXLAN tunnel. @default 8472 */
    vxlanPort: port.default(8472),
    smoke: smoke.prefault({}),
  }),
]);
