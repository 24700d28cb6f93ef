import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Namespace } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import { LOCAL_PATH_HELPER_IMAGE, localPathImage } from "../../../environment/images/clusterImages";
import { withDigest } from "../../../environment/images/lock";
import type { Environment } from "../../../environment/schema";
import { defaultDeny, toApiServers } from "../../../kubernetes/networkPolicies";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { sha256 } from "../../../lib/digests/sha256";
import { onControlPlanes } from "../../controlPlanePods";
import { localPathFiles } from "./files";
import { LocalPathAccess } from "./rbac";

/** Settings of the provisioner that creates volumes on the nodes' own disks. */
export interface LocalPathArgs {
  /** Release, without a leading v. */
  version: string;
  /** Folder on the nodes. */
  path: string;
  /** Where the API servers are, for the policy that lets the provisioner call them. */
  environment: Pick<Environment, "nodes" | "kubernetes" | "imageLock">;
}

const NAMESPACE = "local-path-storage";
const NAME = "local-path-provisioner";
const LABELS = { app: NAME };
/** Folder of the configuration in the provisioner's pod. */
const CONFIG_FOLDER = "/etc/config";

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
    const access = new LocalPathAccess(`${name}-access`, { metadata }, inside);
    const policies = this.policies(name, args, inside);
    const files = localPathFiles({
      path: args.path,
      helperImage: withDigest(LOCAL_PATH_HELPER_IMAGE, args.environment.imageLock),
    });
    const config = new ConfigMap(`${name}-config`, { metadata, data: files }, inside);
    new Deployment(
      `${name}-pods`,
      {
        metadata,
        spec: {
          // One, and never two: it does not elect a leader among several.
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: LABELS },
          template: {
            metadata: {
              labels: LABELS,
              annotations: { "sitewright/configuration": sha256(JSON.stringify(files)) },
            },
            spec: {
              serviceAccountName: access.serviceAccountName,
              enableServiceLinks: false,
              priorityClassName: "system-cluster-critical",
              // Volumes elsewhere can still be made and removed when a worker is lost.
              ...onControlPlanes(),
              securityContext: hardenedPod,
              containers: [
                {
                  name: NAME,
                  image: localPathImage(args.version),
                  command: [NAME],
                  args: [
                    "start",
                    `--config=${CONFIG_FOLDER}/config.json`,
                    `--helper-pod-file=${CONFIG_FOLDER}/helperPod.yaml`,
                    // The scripts are mounted from it.
                    `--configmap-name=${NAME}`,
                    // Of the pods it makes.
                    `--service-account-name=${access.helperAccountName}`,
                    // For ever: a node may be away for longer than any number of attempts.
                    "--provisioning-retry-count=0",
                    "--deletion-retry-count=0",
                  ],
                  env: [
                    {
                      name: "POD_NAMESPACE",
                      valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
                    },
                  ],
                  resources: {
                    requests: { cpu: "10m", memory: "32Mi" },
                    limits: { cpu: "200m", memory: "128Mi" },
                  },
                  // No probes: it listens at no port, and its image need not have a shell.
                  securityContext: hardenedContainer,
                  volumeMounts: [{ name: "config", mountPath: CONFIG_FOLDER, readOnly: true }],
                },
              ],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
            },
          },
        },
      },
      { ...own, dependsOn: [access, ...policies] },
    );
    this.registerOutputs({});
  }

  /** No traffic in or out, except the provisioner's calls of the API, whose addresses the policy names. */
  private policies(
    name: string,
    { environment }: LocalPathArgs,
    opts: pulumi.CustomResourceOptions,
  ): NetworkPolicy[] {
    return [
      new NetworkPolicy(`${name}-default-deny`, defaultDeny(NAMESPACE), opts),
      new NetworkPolicy(
        `${name}-policy`,
        {
          metadata: { name: NAME, namespace: NAMESPACE },
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
