import type { PlacedPod } from "../../../../operations/leaving/drain";
import type { LeavingMachine, LeavingNode } from "../../../../operations/leaving/ownNode";

/** Address of a machine by the number at the end of its name: c1 has 10.0.0.1. */
export const addressOf = (name: string): string => `10.0.0.${/\d+$/.exec(name)?.[0]}`;

/** A machine of a test; c1 is a control plane, w4 is a worker. */
export const machine = (name: string): LeavingMachine => ({
  name,
  vmId: `vm-of-${name}`,
  role: name.startsWith("c") ? "control-plane" : "worker",
  address: addressOf(name),
});

/** A Node of a test's machine. */
export const node = (
  name: string,
  { vmId = `VM-of-${name}`, address = addressOf(name), ready = "True" } = {},
): LeavingNode => ({
  kind: "Node",
  metadata: {
    name,
    labels: name.startsWith("c") ? { "node-role.kubernetes.io/control-plane": "" } : {},
    annotations: vmId === "" ? {} : { "sitewright/vm-id": vmId },
  },
  spec: {},
  status: {
    addresses: address === "" ? [] : [{ type: "InternalIP", address }],
    conditions: [{ type: "Ready", status: ready }],
  },
});

/** The pod of etcd on a control plane. */
export const etcdPod = (name: string, ready = "True") => ({
  kind: "Pod",
  metadata: {
    name: `etcd-${name}`,
    namespace: "kube-system",
    labels: { component: "etcd" },
    annotations: { "kubernetes.io/config.mirror": "x" },
  },
  spec: { nodeName: name },
  status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
});

/** A pod of an application, by default of a StatefulSet. */
export const pod = (
  name: string,
  nodeName?: string,
  owner?: string,
  claim?: string,
): PlacedPod => ({
  kind: "Pod",
  metadata: {
    name,
    namespace: "apps",
    labels: { app: name.replace(/-\d+$/, "") },
    ...(owner === ""
      ? {}
      : {
          ownerReferences: [
            { apiVersion: "v1", kind: owner ?? "StatefulSet", name: "it", controller: true },
          ],
        }),
  },
  spec: {
    ...(nodeName === undefined ? {} : { nodeName }),
    volumes: claim === undefined ? [] : [{ persistentVolumeClaim: { claimName: claim } }],
  },
  status: { phase: "Running" },
});

/** A claim with its volume on one node. */
export const localData = (
  claim: string,
  onNode: string,
  { app = "consul", policy = "Delete", phase = "Bound" } = {},
) => [
  {
    kind: "PersistentVolumeClaim",
    metadata: { name: claim, namespace: "apps", uid: `uid-of-${claim}`, labels: { app } },
    spec: { volumeName: `pv-${claim}` },
  },
  {
    kind: "PersistentVolume",
    metadata: { name: `pv-${claim}` },
    spec: {
      persistentVolumeReclaimPolicy: policy,
      claimRef: { namespace: "apps", name: claim },
      local: { path: "/data" },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", values: [onNode] }] },
          ],
        },
      },
    },
    status: { phase },
  },
];

/** The CronJob of an application's backups. */
export const backupOf = (app: string, lastSuccessfulTime?: string) => ({
  kind: "CronJob",
  metadata: { name: `backup-${app}`, namespace: "apps", labels: { "sitewright/backup": app } },
  spec: {},
  status: lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime },
});

/** The StatefulSet of Consul's servers. */
export const consulSet = (readyReplicas = 3) => ({
  kind: "StatefulSet",
  metadata: { name: "consul", namespace: "apps" },
  spec: { replicas: 3, volumeClaimTemplates: [{ metadata: { name: "data" } }] },
  status: { readyReplicas },
});
