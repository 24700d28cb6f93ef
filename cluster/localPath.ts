import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Namespace, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

import type { Environment } from "../environment/schema";
import { script } from "../remote/shell";
import { type ApiEndpoint, apiVariables, sha256 } from "./networkAgent";

/** Where volumes are made on the nodes' own disks. */
export interface LocalPathArgs {
  /** Release, without a leading v. */
  version: string;
  /** Folder on the nodes. */
  path: string;
  /** Taints of all zones: the pods that make folders run on every worker. */
  taints: Environment["zones"][string]["taints"];
  api: ApiEndpoint;
}

const NAMESPACE = "local-path-storage";
const NAME = "local-path-provisioner";
const LABELS = { app: NAME };
/** Folder of the configuration in the provisioner's pod. */
const CONFIG_FOLDER = "/etc/config";
const HELPER_IMAGE = "docker.io/library/busybox:1.36";

/**
 * The provisioner `rancher.io/local-path`: a volume is a folder on the node where its first pod runs, made and removed by a
 * short-lived pod on that node. It does not grow volumes, does not enforce their size, and a volume never leaves its node.
 */
export class LocalPath extends pulumi.ComponentResource {
  constructor(name: string, args: LocalPathArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:LocalPath", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = { name: NAME, namespace: NAMESPACE, labels: LABELS };

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
            "sitewright/pod-security-reason":
              "the pods that make and remove a volume's folder mount the folder above it on the node",
          },
        },
      },
      own,
    );
    const inside = { ...own, dependsOn: namespace };
    const account = new ServiceAccount(`${name}-account`, { metadata }, inside);
    const access = this.access(name, metadata, inside);
    const files = configuration(args);
    const config = new ConfigMap(`${name}-config`, { metadata, data: files }, inside);
    new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: LABELS },
          template: {
            metadata: {
              labels: LABELS,
              annotations: { "sitewright/configuration": sha256(JSON.stringify(files)) },
            },
            spec: {
              serviceAccountName: NAME,
              priorityClassName: "system-cluster-critical",
              // Where it outlives any worker.
              nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
              tolerations: [
                {
                  key: "node-role.kubernetes.io/control-plane",
                  operator: "Exists",
                  effect: "NoSchedule",
                },
              ],
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 65532,
                runAsGroup: 65532,
                seccompProfile: { type: "RuntimeDefault" },
              },
              containers: [
                {
                  name: NAME,
                  image: `docker.io/rancher/local-path-provisioner:v${args.version}`,
                  command: [NAME, "start"],
                  args: [
                    `--config=${CONFIG_FOLDER}/config.json`,
                    `--service-account-name=${NAME}`,
                    `--configmap-name=${NAME}`,
                    `--helper-image=${HELPER_IMAGE}`,
                  ],
                  env: [
                    ...apiVariables(args.api),
                    { name: "POD_NAMESPACE", value: NAMESPACE },
                    { name: "CONFIG_MOUNT_PATH", value: `${CONFIG_FOLDER}/` },
                  ],
                  resources: {
                    requests: { cpu: "10m", memory: "32Mi" },
                    limits: { cpu: "200m", memory: "128Mi" },
                  },
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                  },
                  volumeMounts: [{ name: "config", mountPath: CONFIG_FOLDER, readOnly: true }],
                },
              ],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
            },
          },
        },
      },
      { ...inside, dependsOn: [account, ...access] },
    );
    this.registerOutputs({});
  }

  /** Volumes in the whole cluster; pods in its own namespace and nowhere else. */
  private access(
    name: string,
    metadata: { name: string; namespace: string; labels: Record<string, string> },
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource[] {
    const { namespace, ...everywhere } = metadata;
    const subjects = [{ kind: "ServiceAccount", name: NAME, namespace }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", name: NAME };
    return [
      new ClusterRole(
        `${name}-cluster-role`,
        {
          metadata: everywhere,
          rules: [
            { apiGroups: [""], resources: ["nodes", "persistentvolumeclaims"], verbs: READ },
            {
              apiGroups: [""],
              resources: ["persistentvolumes"],
              verbs: [...READ, "create", "patch", "update", "delete"],
            },
            { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
            { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: READ },
          ],
        },
        opts,
      ),
      new ClusterRoleBinding(
        `${name}-cluster-binding`,
        { metadata: everywhere, roleRef: { ...roleRef, kind: "ClusterRole" }, subjects },
        opts,
      ),
      new Role(
        `${name}-role`,
        {
          metadata,
          rules: [
            { apiGroups: [""], resources: ["pods"], verbs: [...READ, "create", "delete"] },
            { apiGroups: [""], resources: ["pods/log", "configmaps"], verbs: READ },
          ],
        },
        opts,
      ),
      new RoleBinding(
        `${name}-binding`,
        { metadata, roleRef: { ...roleRef, kind: "Role" }, subjects },
        opts,
      ),
    ];
  }
}

const READ = ["get", "list", "watch"];

/** The provisioner's files: where folders are made, how, and by what pod. It reads them again when they change. */
export function configuration({
  path,
  taints,
}: Pick<LocalPathArgs, "path" | "taints">): Record<string, string> {
  return {
    "config.json": JSON.stringify({
      nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [path] }],
    }),
    // Nobody but its pod mounts the folder, whatever user that runs as; the kubelet changes no owner of such a volume.
    setup: script("set -eu", 'mkdir -m 0777 -p "$VOL_DIR"'),
    teardown: script("set -eu", 'rm -rf "$VOL_DIR"'),
    "helperPod.yaml": stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "helper-pod" },
      spec: {
        priorityClassName: "system-node-critical",
        automountServiceAccountToken: false,
        tolerations: [
          ...taints.map(({ key, value, effect }) => ({ key, value, effect, operator: "Equal" })),
          { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
        ],
        containers: [
          {
            name: "helper-pod",
            image: HELPER_IMAGE,
            resources: {
              requests: { cpu: "10m", memory: "16Mi" },
              limits: { cpu: "200m", memory: "64Mi" },
            },
          },
        ],
      },
    }),
  };
}
