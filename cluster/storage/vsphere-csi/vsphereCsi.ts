import { DaemonSet, Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Namespace, Secret } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { CSIDriver } from "@pulumi/kubernetes/storage/v1";
import * as pulumi from "@pulumi/pulumi";

import { PROVISIONER_NAMES } from "../../../environment/provisioners";
import type { CsiRelease } from "../../../environment/releases/vsphereCsi";
import type { Environment } from "../../../environment/schema";
import { defaultDeny, toApiServers } from "../../../kubernetes/networkPolicies";
import {
  AUTHORITY_FILE,
  type Credentials,
  type Vcenter,
} from "../../cloud-provider/vcenterCredentials";
import { snapshotClass } from "../snapshots/controller";
import { CSI_CONFIG_FILE, csiConfig } from "./config";
import { csiController } from "./controller";
import { csiNode } from "./node";
import { VsphereCsiAccess } from "./rbac";

/** The driver, and the vCenter in which it creates disks. */
export interface VsphereCsiArgs {
  /** Release, without a leading v. */
  version: string;
  release: CsiRelease;
  /** Cluster id under which the vCenter keeps the cluster's volumes. */
  clusterId: string;
  topologyCategories: readonly string[];
  /** Their class, and how many a volume may have at once. Default: the driver makes none. */
  snapshots?: { className: string; maxPerVolume: number };
  vcenter: Vcenter;
  credentials: Credentials;
  environment: Pick<Environment, "nodes" | "kubernetes" | "zones">;
}

/** Upstream's namespace, so that documents about the driver apply. */
const NAMESPACE = "vmware-system-csi";
const CONTROLLER = "vsphere-csi-controller";
const NODE = "vsphere-csi-node";
const CONFIG_SECRET = "vsphere-config-secret";
const FEATURES = "internal-feature-states.csi.vsphere.vmware.com";
/** At most three controllers: more would only wait. */
const MOST_REPLICAS = 3;

/**
 * vSphere's CSI driver: a controller on the control planes that has the vCenter make, attach and remove disks, and a pod on
 * every node that mounts them. Snapshots need Kubernetes' snapshot controller beside it (snapshots/controller.ts).
 */
export class VsphereCsi extends pulumi.ComponentResource {
  constructor(name: string, args: VsphereCsiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:VsphereCsi", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const { version, release, environment } = args;
    const labels = { app: CONTROLLER };
    const snapshots = args.snapshots !== undefined;

    const namespace = new Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: NAMESPACE,
          labels: {
            "pod-security.kubernetes.io/enforce": "privileged",
            "pod-security.kubernetes.io/warn": "privileged",
          },
          annotations: {
            "sitewright/pod-security-reason": "the driver's pods on the nodes mount for other pods",
          },
        },
      },
      own,
    );
    const inside = { ...own, dependsOn: namespace };
    const access = new VsphereCsiAccess(
      `${name}-access`,
      { namespace: NAMESPACE, controller: CONTROLLER, node: NODE, snapshots },
      inside,
    );
    const driver = new CSIDriver(
      `${name}-driver`,
      {
        metadata: { name: PROVISIONER_NAMES["vsphere-csi"] },
        spec: { attachRequired: true, podInfoOnMount: false },
      },
      own,
    );
    const features = new ConfigMap(
      `${name}-features`,
      {
        metadata: { name: FEATURES, namespace: NAMESPACE },
        data: { "trigger-csi-fullsync": "false", "pv-to-backingdiskobjectid-mapping": "false" },
      },
      inside,
    );
    const secret = this.config(name, args, inside);
    const policies = this.policies(name, args, labels, inside);
    new PodDisruptionBudget(
      `${name}-budget`,
      {
        metadata: { name: CONTROLLER, namespace: NAMESPACE },
        // Also where it is the only one: its control plane can be drained.
        spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
      },
      inside,
    );
    const common = { version, features: FEATURES, namespace: NAMESPACE };
    const controlPlanes = environment.nodes.filter(({ role }) => role === "control-plane").length;
    const controller = new Deployment(
      `${name}-controller`,
      {
        metadata: { name: CONTROLLER, namespace: NAMESPACE, labels },
        spec: csiController({
          ...common,
          sidecars: release.sidecars,
          replicas: Math.min(controlPlanes, MOST_REPLICAS),
          serviceAccountName: CONTROLLER,
          labels,
          secretName: CONFIG_SECRET,
          topology: args.topologyCategories.length > 0,
          snapshots,
        }),
      },
      { ...own, dependsOn: [access, driver, features, secret, ...policies] },
    );
    new DaemonSet(
      `${name}-node`,
      {
        metadata: { name: NODE, namespace: NAMESPACE, labels: { app: NODE } },
        spec: csiNode({
          ...common,
          sidecars: release.sidecars,
          serviceAccountName: NODE,
          labels: { app: NODE },
        }),
      },
      { ...own, dependsOn: [access, driver, features] },
    );
    if (args.snapshots !== undefined) {
      snapshotClass(
        `${name}-snapshot-class`,
        { className: args.snapshots.className, driver: PROVISIONER_NAMES["vsphere-csi"] },
        { ...own, dependsOn: controller },
      );
    }
    this.registerOutputs({});
  }

  /** The driver reads it again when it has changed. */
  private config(name: string, args: VsphereCsiArgs, opts: pulumi.CustomResourceOptions): Secret {
    const { vcenter, clusterId, topologyCategories, snapshots, credentials } = args;
    const { user } = credentials;
    const maxSnapshots = snapshots?.maxPerVolume;
    const text = pulumi
      .output(credentials.password)
      .apply((password) =>
        csiConfig({ vcenter, user, password, clusterId, topologyCategories, maxSnapshots }),
      );
    return new Secret(
      `${name}-config`,
      {
        metadata: { name: CONFIG_SECRET, namespace: NAMESPACE },
        stringData: {
          [CSI_CONFIG_FILE]: pulumi.secret(text),
          ...(vcenter.authority === undefined ? {} : { [AUTHORITY_FILE]: vcenter.authority }),
        },
      },
      opts,
    );
  }

  /** No traffic in, and none out except to the API, the resolvers and the vCenter. Of the vCenter the policy knows only the port. */
  private policies(
    name: string,
    { vcenter, environment }: VsphereCsiArgs,
    labels: Record<string, string>,
    opts: pulumi.CustomResourceOptions,
  ): NetworkPolicy[] {
    const resolvers = Object.values(environment.zones).flatMap(({ dnsServers }) => dnsServers);
    return [
      new NetworkPolicy(`${name}-default-deny`, defaultDeny(NAMESPACE), opts),
      new NetworkPolicy(
        `${name}-policy`,
        {
          metadata: { name: CONTROLLER, namespace: NAMESPACE },
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ["Egress"],
            egress: [
              toApiServers(environment),
              { ports: [{ port: vcenter.port }] },
              {
                to: [...new Set(resolvers)].map((address) => ({
                  ipBlock: { cidr: `${address}/32` },
                })),
                ports: [
                  { protocol: "UDP", port: 53 },
                  { protocol: "TCP", port: 53 },
                ],
              },
            ],
          },
        },
        opts,
      ),
    ];
  }
}
