import { DaemonSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { flannelImage } from "../../../environment/images/clusterImages";
import { agentPod, type ApiEndpoint, hostPath, NAMESPACE } from "../agentPod";

/** Pods' packets between nodes, in VXLAN. */
export interface FlannelArgs {
  /** Release, without a leading v. */
  version: string;
  /** Image with its tag that has /opt/bin/flannel-conflist. */
  conflistImage: string;
  /** Range of pod addresses; a node's part of it is the podCIDR that the controller manager gave it. */
  podSubnet: string;
  /** UDP port of the tunnel. */
  vxlanPort: number;
  api: ApiEndpoint;
}

const LABELS = { app: "flannel" };

/**
 * flannel as a DaemonSet: flanneld makes the tunnel and writes the node's subnet to /run/flannel/subnet.env, and a second
 * container turns that into the CNI configuration, once: the subnet of a node does not change while the node lives. Upstream does so
 * at every call of its CNI plugin, which is not to be had for the lab.
 */
export class Flannel extends pulumi.ComponentResource {
  constructor(name: string, args: FlannelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:Flannel", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const image = flannelImage(args.version);
    const metadata = { name: "flannel", namespace: NAMESPACE, labels: LABELS };

    const account = new ServiceAccount(`${name}-account`, { metadata }, own);
    const role = new ClusterRole(
      `${name}-role`,
      {
        metadata: { name: "flannel", labels: LABELS },
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
          { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
        ],
      },
      own,
    );
    const binding = new ClusterRoleBinding(
      `${name}-binding`,
      {
        metadata: { name: "flannel", labels: LABELS },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "flannel" },
        subjects: [{ kind: "ServiceAccount", name: "flannel", namespace: NAMESPACE }],
      },
      { ...own, dependsOn: [account, role] },
    );
    const config = new ConfigMap(
      `${name}-config`,
      { metadata, data: { "net-conf.json": netConf(args) }, immutable: false },
      own,
    );

    const subnetFolder = { name: "run", mountPath: "/run/flannel" };
    new DaemonSet(
      `${name}-agent`,
      {
        metadata,
        spec: agentPod({
          serviceAccountName: "flannel",
          labels: LABELS,
          configuration: netConf(args),
          api: args.api,
          containers: [
            {
              name: "flanneld",
              image,
              command: ["/opt/bin/flanneld"],
              args: ["--kube-subnet-mgr", "--ip-masq"],
              env: [
                { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                {
                  name: "POD_NAMESPACE",
                  valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
                },
              ],
              resources: { requests: { cpu: "50m", memory: "50Mi" }, limits: { memory: "256Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "NET_RAW"] },
              },
              volumeMounts: [
                subnetFolder,
                { name: "config", mountPath: "/etc/kube-flannel", readOnly: true },
                { name: "xtables-lock", mountPath: "/run/xtables.lock" },
              ],
            },
            {
              name: "conflist",
              image: args.conflistImage,
              command: [
                "/opt/bin/flannel-conflist",
                "/run/flannel/subnet.env",
                "/etc/cni/net.d/10-flannel.conflist",
              ],
              resources: { requests: { cpu: "5m", memory: "8Mi" }, limits: { memory: "64Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                // Without DAC_OVERRIDE root writes what root owns, and that is all it needs.
                capabilities: { drop: ["ALL"] },
              },
              volumeMounts: [
                { ...subnetFolder, readOnly: true },
                { name: "cni", mountPath: "/etc/cni/net.d" },
              ],
            },
          ],
          volumes: [
            hostPath("run", "/run/flannel", "DirectoryOrCreate"),
            hostPath("cni", "/etc/cni/net.d", "DirectoryOrCreate"),
            hostPath("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
            { name: "config", configMap: { name: "flannel" } },
          ],
        }),
      },
      { ...own, dependsOn: [binding, config] },
    );
    this.registerOutputs({});
  }
}

/** flanneld's configuration. */
function netConf({ podSubnet, vxlanPort }: FlannelArgs): string {
  return JSON.stringify({ Network: podSubnet, Backend: { Type: "vxlan", Port: vxlanPort } });
}
