import { LimitRange, Namespace, ResourceQuota } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import type { NamespaceSpec } from "../environment/schema";
import { defaultDeny } from "../kubernetes/networkPolicies";

/** The namespace that Kubernetes creates for objects without one. */
const DEFAULT_NAMESPACE = "default";

/**
 * The namespaces of the environment, each with its enforced level of the Pod Security Standards, its quota and its limits. Each is
 * closed except for DNS: the policies of an application open what it needs. The namespace `default` is closed as well; these programs
 * put nothing into it.
 */
export function namespaces(
  specs: readonly NamespaceSpec[],
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
  const ours = specs.flatMap((spec) => {
    const namespace = new Namespace(`namespace-${spec.name}`, { metadata: metadataOf(spec) }, opts);
    // They are deleted with their namespace and not before it, so that they apply to its last pods too.
    const inside = pulumi.mergeOptions(opts, { dependsOn: namespace, deletedWith: namespace });
    return [namespace, ...policies(spec, inside), ...bounds(spec, inside)];
  });
  return [...ours, ...policies({ name: DEFAULT_NAMESPACE }, opts)];
}

function metadataOf({
  name,
  environment,
  category,
  zone,
  podSecurity,
  podSecurityReason,
}: NamespaceSpec) {
  return {
    name,
    labels: {
      environment,
      category,
      zone,
      "pod-security.kubernetes.io/enforce": podSecurity,
      "pod-security.kubernetes.io/warn": podSecurity,
    },
    ...(podSecurityReason === undefined
      ? {}
      : { annotations: { "sitewright/pod-security-reason": podSecurityReason } }),
  };
}

/** No traffic in or out, except DNS queries to CoreDNS. */
function policies(
  { name }: Pick<NamespaceSpec, "name">,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
  return [
    new NetworkPolicy(`namespace-${name}-default-deny`, defaultDeny(name), opts),
    new NetworkPolicy(
      `namespace-${name}-allow-dns`,
      {
        metadata: { name: "allow-dns", namespace: name },
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            {
              to: [
                {
                  namespaceSelector: {
                    matchLabels: { "kubernetes.io/metadata.name": "kube-system" },
                  },
                  // The label kubeadm gives CoreDNS.
                  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                },
              ],
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

/** Name of a namespace's quota and of its limits. */
const BOUNDS = "namespace";

function bounds(
  { name, quota, limits }: NamespaceSpec,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
  const metadata = { name: BOUNDS, namespace: name };
  const defaults =
    limits === undefined
      ? []
      : [
          new LimitRange(
            `namespace-${name}-limits`,
            { metadata, spec: { limits: [{ type: "Container", ...limits }] } },
            opts,
          ),
        ];
  if (quota === undefined) {
    return defaults;
  }
  const hard = {
    ...Object.fromEntries(
      (["requests", "limits"] as const).flatMap((side) =>
        Object.entries(quota[side]).map(([kind, amount]) => [`${side}.${kind}`, amount]),
      ),
    ),
    pods: `${quota.pods}`,
    persistentvolumeclaims: `${quota.persistentVolumeClaims}`,
  };
  return [
    // After the defaults: a quota of something new refuses the pods for which nobody says it.
    new ResourceQuota(
      `namespace-${name}-quota`,
      { metadata, spec: { hard } },
      pulumi.mergeOptions(opts, { dependsOn: defaults }),
    ),
    ...defaults,
  ];
}
