import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { READ, roleRef } from "../../../kubernetes/rbac";
import { SNAPSHOT_GROUP } from "../snapshots/definitions";

/** Namespace of the driver, and the names of its two parts. */
export interface VsphereCsiAccessArgs {
  namespace: string;
  controller: string;
  node: string;
  /** Whether the driver makes snapshots. */
  snapshots: boolean;
}

const STORAGE = ["storage.k8s.io"];
/** The driver's own API group. The driver also creates its custom resource definitions itself. */
const DRIVER = ["cns.vmware.com"];

/**
 * What the driver may do, as in its own manifest, without what only an invented cluster id needs. The pods on the
 * nodes, where any user's pod runs beside them, may read their node and write where it is, and nothing else.
 * @see https://github.com/kubernetes-sigs/vsphere-csi-driver/blob/v3.7.3/manifests/vanilla/vsphere-csi-driver.yaml
 */
export class VsphereCsiAccess extends pulumi.ComponentResource {
  constructor(name: string, args: VsphereCsiAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:VsphereCsiAccess", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const { namespace } = args;
    const rules = {
      [args.controller]: [...CONTROLLER_RULES, ...(args.snapshots ? SNAPSHOT_RULES : [])],
      [args.node]: NODE_RULES,
    };
    for (const [account, clusterRules] of Object.entries(rules)) {
      const metadata = { name: account };
      const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
      new ServiceAccount(`${name}-${account}`, { metadata: { ...metadata, namespace } }, own);
      new ClusterRole(`${name}-${account}-role`, { metadata, rules: clusterRules }, own);
      new ClusterRoleBinding(
        `${name}-${account}-binding`,
        { metadata, roleRef: roleRef("ClusterRole", account), subjects },
        own,
      );
    }
    const metadata = { name: args.node, namespace };
    new Role(
      `${name}-features-role`,
      { metadata, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: READ }] },
      own,
    );
    new RoleBinding(
      `${name}-features-binding`,
      {
        metadata,
        roleRef: roleRef("Role", args.node),
        subjects: [{ kind: "ServiceAccount", name: args.node, namespace }],
      },
      own,
    );
    this.registerOutputs({});
  }
}

const CONTROLLER_RULES = [
  { apiGroups: [""], resources: ["nodes", "pods", "configmaps"], verbs: READ },
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: [...READ, "update"] },
  { apiGroups: [""], resources: ["persistentvolumeclaims/status"], verbs: ["patch"] },
  {
    apiGroups: [""],
    resources: ["persistentvolumes"],
    verbs: [...READ, "create", "update", "delete", "patch"],
  },
  { apiGroups: [""], resources: ["events"], verbs: [...READ, "create", "update", "patch"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: [...READ, "create", "update", "delete"],
  },
  { apiGroups: STORAGE, resources: ["storageclasses", "csinodes"], verbs: READ },
  { apiGroups: STORAGE, resources: ["volumeattachments"], verbs: [...READ, "patch"] },
  { apiGroups: STORAGE, resources: ["volumeattachments/status"], verbs: ["patch"] },
  {
    apiGroups: DRIVER,
    resources: ["triggercsifullsyncs"],
    verbs: [...READ, "create", "update"],
  },
  {
    apiGroups: DRIVER,
    resources: ["cnsvspherevolumemigrations", "cnsvolumeinfoes", "cnsvolumeoperationrequests"],
    verbs: [...READ, "create", "update", "delete"],
  },
  { apiGroups: DRIVER, resources: ["csinodetopologies"], verbs: [...READ, "update"] },
  {
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    verbs: ["get", "create", "update"],
  },
];

/** For the sidecar that creates snapshots, and for volumes that are created from one. */
const SNAPSHOT_RULES = [
  { apiGroups: [SNAPSHOT_GROUP], resources: ["volumesnapshots"], verbs: ["get", "list"] },
  { apiGroups: [SNAPSHOT_GROUP], resources: ["volumesnapshotclasses"], verbs: READ },
  {
    apiGroups: [SNAPSHOT_GROUP],
    resources: ["volumesnapshotcontents"],
    verbs: [...READ, "update", "patch"],
  },
  {
    apiGroups: [SNAPSHOT_GROUP],
    resources: ["volumesnapshotcontents/status"],
    verbs: ["update", "patch"],
  },
];

const NODE_RULES = [
  {
    apiGroups: DRIVER,
    resources: ["csinodetopologies"],
    verbs: ["get", "watch", "create", "patch"],
  },
  { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
];
