import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Namespace, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { csiSidecarImage } from "../../../environment/images/clusterImages";
import type { Environment } from "../../../environment/schema";
import { defaultDeny, toApiServers } from "../../../kubernetes/networkPolicies";
import { READ, roleRef } from "../../../kubernetes/rbac";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { apartOnControlPlanes } from "../../controlPlanePods";
import { SNAPSHOT_API, SNAPSHOT_GROUP, snapshotDefinitions } from "./definitions";

/** The snapshot controller of a cluster. */
export interface SnapshotControllerArgs {
  /** Release, without a leading v: that of the driver's sidecar. */
  version: string;
  /** Where the control planes are. */
  environment: Pick<Environment, "nodes" | "kubernetes">;
}

const NAME = "snapshot-controller";
const LABELS = { app: NAME };
/** Replicas: one works, the other takes over. */
const MOST_REPLICAS = 2;
const HEALTH_PORT = 8080;

/** What the controller may do, without the rights that groups of snapshots ask for. */
const CLUSTER_RULES = [
  { apiGroups: [""], resources: ["persistentvolumes"], verbs: READ },
  // A claim of which a snapshot is being taken is kept by a finalizer.
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: [...READ, "update"] },
  { apiGroups: [""], resources: ["events"], verbs: ["list", "watch", "create", "update", "patch"] },
  { apiGroups: [SNAPSHOT_GROUP], resources: ["volumesnapshotclasses"], verbs: READ },
  {
    apiGroups: [SNAPSHOT_GROUP],
    resources: ["volumesnapshotcontents"],
    verbs: [...READ, "create", "update", "delete", "patch"],
  },
  { apiGroups: [SNAPSHOT_GROUP], resources: ["volumesnapshotcontents/status"], verbs: ["patch"] },
  {
    apiGroups: [SNAPSHOT_GROUP],
    resources: ["volumesnapshots"],
    verbs: [...READ, "update", "patch"],
  },
  {
    apiGroups: [SNAPSHOT_GROUP],
    resources: ["volumesnapshots/status"],
    verbs: ["update", "patch"],
  },
];

/**
 * The kinds of snapshots, and the controller that binds each snapshot to what a driver has created for it. A class says which driver
 * creates snapshots (snapshotClass).
 * @see https://github.com/kubernetes-csi/external-snapshotter/tree/v8.2.0/deploy/kubernetes/snapshot-controller
 */
export class SnapshotController extends pulumi.ComponentResource {
  constructor(name: string, args: SnapshotControllerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:SnapshotController", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = { name: NAME, namespace: NAME, labels: LABELS };

    const kinds = snapshotDefinitions().map(
      ({ metadata: definition, spec }) =>
        new CustomResourceDefinition(
          `${name}-${definition.name.split(".")[0]}`,
          {
            metadata: {
              ...definition,
              annotations: {
                ...definition.annotations,
                "pulumi.com/waitFor": "condition=Established",
              },
            },
            spec,
          },
          own,
        ),
    );
    const namespace = new Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: NAME,
          labels: {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      own,
    );
    const inside = { ...own, dependsOn: namespace };
    const needed = [
      ...kinds,
      ...this.access(name, metadata, inside),
      ...this.policies(name, args, inside),
    ];
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
      inside,
    );
    const controlPlanes = args.environment.nodes.filter(({ role }) => role === "control-plane");
    new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas: Math.min(controlPlanes.length, MOST_REPLICAS),
          selector: { matchLabels: LABELS },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
          template: {
            metadata: { labels: LABELS },
            spec: {
              serviceAccountName: NAME,
              enableServiceLinks: false,
              priorityClassName: "system-cluster-critical",
              ...apartOnControlPlanes(LABELS),
              securityContext: hardenedPod,
              containers: [
                {
                  name: NAME,
                  image: csiSidecarImage(NAME, args.version),
                  args: [
                    "--leader-election",
                    "--kube-api-qps=100",
                    "--kube-api-burst=100",
                    `--http-endpoint=:${HEALTH_PORT}`,
                  ],
                  ports: [{ name: "healthz", containerPort: HEALTH_PORT, protocol: "TCP" }],
                  livenessProbe: {
                    httpGet: { path: "/healthz/leader-election", port: "healthz" },
                    timeoutSeconds: 5,
                    periodSeconds: 20,
                    failureThreshold: 3,
                  },
                  resources: {
                    requests: { cpu: "10m", memory: "32Mi" },
                    limits: { memory: "256Mi" },
                  },
                  securityContext: hardenedContainer,
                },
              ],
            },
          },
        },
      },
      { ...own, dependsOn: needed },
    );
    this.registerOutputs({});
  }

  private access(
    name: string,
    metadata: { name: string; namespace: string },
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource[] {
    const subjects = [{ kind: "ServiceAccount", name: NAME, namespace: NAME }];
    const account = new ServiceAccount(`${name}-account`, { metadata }, opts);
    const role = new ClusterRole(
      `${name}-role`,
      { metadata: { name: NAME }, rules: CLUSTER_RULES },
      opts,
    );
    const binding = new ClusterRoleBinding(
      `${name}-binding`,
      { metadata: { name: NAME }, roleRef: roleRef("ClusterRole", NAME), subjects },
      opts,
    );
    const leader = new Role(
      `${name}-leader-role`,
      {
        metadata,
        rules: [
          {
            apiGroups: ["coordination.k8s.io"],
            resources: ["leases"],
            verbs: [...READ, "create", "update", "delete"],
          },
        ],
      },
      opts,
    );
    const leads = new RoleBinding(
      `${name}-leader-binding`,
      { metadata, roleRef: roleRef("Role", NAME), subjects },
      opts,
    );
    return [account, role, binding, leader, leads];
  }

  /** No traffic in, and none out except to the API. */
  private policies(
    name: string,
    { environment }: SnapshotControllerArgs,
    opts: pulumi.CustomResourceOptions,
  ): NetworkPolicy[] {
    return [
      new NetworkPolicy(`${name}-default-deny`, defaultDeny(NAME), opts),
      new NetworkPolicy(
        `${name}-policy`,
        {
          metadata: { name: NAME, namespace: NAME },
          spec: {
            podSelector: { matchLabels: LABELS },
            policyTypes: ["Egress"],
            egress: [toApiServers(environment)],
          },
        },
        opts,
      ),
    ];
  }
}

/** The default class of snapshots. A snapshot is deleted with its object. */
export function snapshotClass(
  name: string,
  { className, driver }: { className: string; driver: string },
  opts: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(
    name,
    {
      apiVersion: SNAPSHOT_API,
      kind: "VolumeSnapshotClass",
      metadata: {
        name: className,
        annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" },
      },
      driver,
      deletionPolicy: "Delete",
    },
    opts,
  );
}
