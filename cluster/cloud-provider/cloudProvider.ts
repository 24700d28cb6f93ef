import { DaemonSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";

import { cloudProviderImage } from "../../environment/images/clusterImages";
import type { Environment } from "../../environment/schema";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { sha256 } from "../../lib/digests/sha256";
import { type ApiEndpoint, apiVariables, NAMESPACE } from "../network/agentPod";
import { cloudProviderConfig, CONFIG_FILE, CONFIG_FOLDER, CREDENTIALS_FOLDER } from "./config";
import { CloudProviderAccess } from "./rbac";
import { AUTHORITY_FILE, type Credentials, type Vcenter } from "./vcenterCredentials";

/** The cloud controller manager and the vCenter it asks. */
export interface CloudProviderArgs {
  /** Release, without a leading v. */
  version: string;
  /** Whether a node goes when the vCenter does not know its machine. */
  deletesNodes: boolean;
  vcenter: Vcenter;
  credentials: Credentials;
  /** The networks of the nodes. */
  zones: Environment["zones"];
  api: ApiEndpoint;
}

/** Name of the DaemonSet, as upstream's. */
export const CLOUD_PROVIDER = "vsphere-cloud-controller-manager";
const LABELS = { app: CLOUD_PROVIDER };
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
/** The manager's own port, upstream's default. It listens on the loopback interface only. */
const HEALTH_PORT = 10258;

/**
 * vSphere's cloud controller manager on every control plane; one of them works at a time. It gives a node that has joined its
 * providerID, its addresses and its instance type, and then removes the taint that keeps pods off until then.
 */
export class CloudProvider extends pulumi.ComponentResource {
  constructor(name: string, args: CloudProviderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:CloudProvider", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const { vcenter, credentials } = args;
    const metadata = { name: CLOUD_PROVIDER, namespace: NAMESPACE, labels: LABELS };

    const access = new CloudProviderAccess(
      `${name}-access`,
      { metadata, deletesNodes: args.deletesNodes },
      own,
    );
    const data = {
      [CONFIG_FILE]: cloudProviderConfig(vcenter, args.zones),
      ...(vcenter.authority === undefined ? {} : { [AUTHORITY_FILE]: vcenter.authority }),
    };
    const config = new ConfigMap(`${name}-config`, { metadata, data }, own);
    const secret = new Secret(
      `${name}-credentials`,
      {
        metadata,
        stringData: {
          [`${vcenter.host}.username`]: credentials.user,
          [`${vcenter.host}.password`]: pulumi.secret(credentials.password),
        },
      },
      own,
    );
    // The pods read it once, so another password must restart them. A hash of it would reveal something about it.
    const edition = new RandomId(
      `${name}-credentials-edition`,
      {
        byteLength: 8,
        keepers: pulumi.secret({ user: credentials.user, password: credentials.password }),
      },
      { parent: this },
    );
    new DaemonSet(
      `${name}-pods`,
      {
        metadata,
        spec: {
          selector: { matchLabels: LABELS },
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
          template: {
            metadata: {
              labels: LABELS,
              annotations: {
                "sitewright/configuration": sha256(JSON.stringify(data)),
                "sitewright/credentials": edition.hex,
              },
            },
            spec: {
              serviceAccountName: access.serviceAccountName,
              enableServiceLinks: false,
              // There is no pod network yet: it needs the nodes' addresses, which come from here.
              hostNetwork: true,
              priorityClassName: "system-node-critical",
              nodeSelector: { [CONTROL_PLANE]: "" },
              tolerations: [
                "node.cloudprovider.kubernetes.io/uninitialized",
                CONTROL_PLANE,
                "node.kubernetes.io/not-ready",
              ].map((key) => ({ key, operator: "Exists", effect: "NoSchedule" })),
              securityContext: { ...hardenedPod, fsGroup: hardenedPod.runAsGroup },
              containers: [
                {
                  name: CLOUD_PROVIDER,
                  image: cloudProviderImage(args.version),
                  args: [
                    "--cloud-provider=vsphere",
                    `--cloud-config=${CONFIG_FOLDER}/${CONFIG_FILE}`,
                    "--bind-address=127.0.0.1",
                    "--v=2",
                  ],
                  env: [
                    ...apiVariables(args.api),
                    // Only its presence counts.
                    ...(args.deletesNodes ? [] : [{ name: "SKIP_NODE_DELETION", value: "true" }]),
                  ],
                  resources: {
                    requests: { cpu: "50m", memory: "64Mi" },
                    limits: { memory: "256Mi" },
                  },
                  livenessProbe: {
                    httpGet: {
                      path: "/healthz",
                      host: "127.0.0.1",
                      port: HEALTH_PORT,
                      scheme: "HTTPS",
                    },
                    initialDelaySeconds: 15,
                    timeoutSeconds: 10,
                    failureThreshold: 6,
                  },
                  securityContext: hardenedContainer,
                  volumeMounts: [
                    { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
                    { name: "credentials", mountPath: CREDENTIALS_FOLDER, readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                {
                  name: "credentials",
                  secret: { secretName: secret.metadata.name, defaultMode: 0o440 },
                },
              ],
            },
          },
        },
      },
      { ...own, dependsOn: access },
    );
    this.registerOutputs({});
  }
}
