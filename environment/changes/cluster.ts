import { type Answers, each } from "./answer";

const ANOTHER_CLUSTER = "set it back: another one is another cluster, `make down` and `make up`";

/** Sections that the stack cluster reads first. */
export const clusterChanges: Answers = {
  ...each(["kubernetes.version"], {
    kind: "refused",
    by: ["cluster"],
    way: "set it back: a running cluster is not upgraded by these programs yet",
  }),
  ...each(["kubernetes.clusterName", "kubernetes.apiName", "kubernetes.apiPort"], {
    kind: "refused",
    by: ["infra", "cluster"],
    way: ANOTHER_CLUSTER,
  }),
  ...each(
    [
      "kubernetes.podSubnet",
      "kubernetes.serviceSubnet",
      "kubernetes.audit.maxAgeDays",
      "kubernetes.audit.maxBackups",
      "kubernetes.audit.maxSizeMiB",
      "kubernetes.imageRepository",
      "kubernetes.kubelet",
      "kubernetes.kubeProxy",
      "cni.type",
      "volumes.provisioner",
      "volumes.clusterId",
    ],
    { kind: "refused", by: ["cluster"], way: ANOTHER_CLUSTER },
  ),
  ...each(["kubernetes.cloudProvider.version", "kubernetes.cloudProvider.deletesNodes"], {
    kind: "applied",
    by: ["cluster"],
    how: "the cloud provider restarts. To add it or to take it away is refused",
  }),
  ...each(["kubernetes.encryption.keyGeneration"], {
    kind: "applied",
    by: ["cluster"],
    how: "API servers restart one after the other, and all Secrets are encrypted again",
  }),
  ...each(["kubernetes.kubeconfigGeneration"], {
    kind: "applied",
    by: ["cluster"],
    how: "earlier kubeconfigs of the operator lose their rights",
  }),
  ...each(
    [
      "kubernetes.etcdBackup.everyHours",
      "kubernetes.etcdBackup.keepDays",
      "kubernetes.etcdBackup.keepAtLeast",
    ],
    { kind: "applied", by: ["cluster"], how: "timers and what is kept follow; nothing restarts" },
  ),
  ...each(["kubernetes.ignorePreflightErrors"], {
    kind: "made",
    by: ["cluster"],
    how: "counts when a node joins",
  }),
  ...each(
    ["containerd.registryMirror", "containerd.restrictOomScoreAdj", "containerd.sandboxImage"],
    {
      kind: "applied",
      by: ["cluster"],
      how: "nodes get containerd's configuration; containerd restarts where it has to, and containers go on",
    },
  ),
  ...each(
    [
      "cni.version",
      "cni.agent.image",
      "cni.agent.digest",
      "cni.controller.image",
      "cni.controller.digest",
      "cni.flannelVersion",
      "cni.conflist.image",
      "cni.conflist.version",
      "cni.kubeRouterVersion",
      "cni.vxlanPort",
    ],
    {
      kind: "applied",
      by: ["cluster"],
      how: "agents restart node after node; another tunnel port parts the nodes until all have it",
    },
  ),
  ...each(["images.digests"], {
    kind: "read",
    how: "policies and previews; nothing on the site changes. Another lockfile restarts the pods whose images it changes",
  }),
  ...each(["cni.smoke.image", "cni.smoke.version"], { kind: "read", how: "`make smoke`" }),
  ...each(
    [
      "volumes.version",
      "volumes.topologyCategories",
      "volumes.snapshots.className",
      "volumes.snapshots.maxPerVolume",
    ],
    { kind: "applied", by: ["cluster"], how: "the provisioner restarts; volumes stay attached" },
  ),
  ...each(["volumes.path"], {
    kind: "applied",
    by: ["cluster"],
    how: "counts for new volumes; those that are there stay where they are",
  }),
  ...each(
    [
      "storageClasses[].name",
      "storageClasses[].default",
      "storageClasses[].parameters",
      "storageClasses[].reclaimPolicy",
      "storageClasses[].allowVolumeExpansion",
      "storageClasses[].volumeBindingMode",
      "storageClasses[].allowedTopologies",
    ],
    {
      kind: "applied",
      by: ["cluster"],
      how: "the class is deleted and made again; volumes that are there keep what they were made with",
    },
  ),
  ...each(["storageClasses[].provisioner"], {
    kind: "refused",
    by: ["infra", "cluster", "apps"],
    way: "set it back: only `volumes.provisioner` makes volumes",
  }),
  ...each(["namespaces[].name"], {
    kind: "refused",
    by: ["cluster"],
    way: "no namespace changes its name: move its applications first",
  }),
  ...each(
    [
      "namespaces[].environment",
      "namespaces[].category",
      "namespaces[].zone",
      "namespaces[].podSecurity",
      "namespaces[].podSecurityReason",
      "namespaces[].quota.requests.cpu",
      "namespaces[].quota.requests.memory",
      "namespaces[].quota.requests.ephemeral-storage",
      "namespaces[].quota.limits.cpu",
      "namespaces[].quota.limits.memory",
      "namespaces[].quota.limits.ephemeral-storage",
      "namespaces[].quota.pods",
      "namespaces[].quota.persistentVolumeClaims",
      "namespaces[].limits.default.cpu",
      "namespaces[].limits.default.memory",
      "namespaces[].limits.default.ephemeral-storage",
      "namespaces[].limits.defaultRequest.cpu",
      "namespaces[].limits.defaultRequest.memory",
      "namespaces[].limits.defaultRequest.ephemeral-storage",
      "namespaces[].limits.max.cpu",
      "namespaces[].limits.max.memory",
      "namespaces[].limits.max.ephemeral-storage",
    ],
    {
      kind: "applied",
      by: ["cluster"],
      how: "counts for pods and claims that are made from then on",
    },
  ),
  ...each(["backups.image", "backups.version"], {
    kind: "applied",
    by: ["apps"],
    how: "the next backup runs with it",
  }),
};
