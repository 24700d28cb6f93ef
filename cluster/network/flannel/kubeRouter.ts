import { DaemonSet } from "@pulumi/kubernetes/apps/v1";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { kubeRouterImage } from "../../../environment/images/clusterImages";
import { agentPod, type ApiEndpoint, hostPath, NAMESPACE } from "../agentPod";

/** Enforces NetworkPolicy beside a pod network that does not. */
export interface KubeRouterArgs {
  /** Release, without a leading v. */
  version: string;
  /** Range of Service addresses, which policies must let pass. */
  serviceSubnet: string;
  api: ApiEndpoint;
}

const LABELS = { app: "kube-router" };

/** kube-router with nothing but its firewall: no routes, no service proxy. */
export class KubeRouter extends pulumi.ComponentResource {
  constructor(name: string, args: KubeRouterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:KubeRouter", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = { name: "kube-router", namespace: NAMESPACE, labels: LABELS };

    const account = new ServiceAccount(`${name}-account`, { metadata }, own);
    const role = new ClusterRole(
      `${name}-role`,
      {
        metadata: { name: "kube-router", labels: LABELS },
        rules: [
          {
            apiGroups: [""],
            resources: ["namespaces", "pods", "services", "nodes", "endpoints"],
            verbs: ["get", "list", "watch"],
          },
          {
            apiGroups: ["networking.k8s.io"],
            resources: ["networkpolicies"],
            verbs: ["get", "list", "watch"],
          },
          {
            apiGroups: ["discovery.k8s.io"],
            resources: ["endpointslices"],
            verbs: ["get", "list", "watch"],
          },
        ],
      },
      own,
    );
    const binding = new ClusterRoleBinding(
      `${name}-binding`,
      {
        metadata: { name: "kube-router", labels: LABELS },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: "kube-router",
        },
        subjects: [{ kind: "ServiceAccount", name: "kube-router", namespace: NAMESPACE }],
      },
      { ...own, dependsOn: [account, role] },
    );
    new DaemonSet(
      `${name}-agent`,
      {
        metadata,
        spec: agentPod({
          serviceAccountName: "kube-router",
          labels: LABELS,
          api: args.api,
          containers: [
            {
              name: "kube-router",
              image: kubeRouterImage(args.version),
              args: [
                "--run-firewall=true",
                "--run-router=false",
                "--run-service-proxy=false",
                "--run-loadbalancer=false",
                `--service-cluster-ip-range=${args.serviceSubnet}`,
                "--metrics-port=0",
              ],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
              resources: { requests: { cpu: "50m", memory: "50Mi" }, limits: { memory: "256Mi" } },
              livenessProbe: {
                httpGet: { host: "127.0.0.1", path: "/healthz", port: 20244 },
                initialDelaySeconds: 10,
                periodSeconds: 10,
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "NET_RAW"] },
              },
              volumeMounts: [
                { name: "modules", mountPath: "/lib/modules", readOnly: true },
                { name: "xtables-lock", mountPath: "/run/xtables.lock" },
              ],
            },
          ],
          volumes: [
            hostPath("modules", "/lib/modules", "DirectoryOrCreate"),
            hostPath("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
          ],
        }),
      },
      { ...own, dependsOn: [binding] },
    );
    this.registerOutputs({});
  }
}
