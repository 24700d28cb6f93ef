import type { types } from "@pulumi/kubernetes";

import type { Environment } from "../environment/schema";

type IngressRule = types.input.networking.v1.NetworkPolicyIngressRule;
type EgressRule = types.input.networking.v1.NetworkPolicyEgressRule;

/** Pods of one namespace; the ingress is one. */
export interface Peer {
  namespace: string;
  podLabels: Record<string, string>;
}

/** All pods of a namespace, as a policy names them. */
export function inNamespace(namespace: string) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}

/** No traffic in or out for all pods of a namespace, unless another policy allows it. */
export function defaultDeny(namespace: string): types.input.networking.v1.NetworkPolicy {
  return {
    metadata: { name: "default-deny", namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

/** These pods, as a policy of any namespace names them. */
export function podsOf({ namespace, podLabels }: Peer) {
  return { ...inNamespace(namespace), podSelector: { matchLabels: podLabels } };
}

/** Lets these pods in at one port. */
export function fromPods(peer: Peer, port: number): IngressRule {
  return { from: [podsOf(peer)], ports: [{ port }] };
}

/** Lets pods out to one port of these. */
export function toPods(peer: Peer, port: number): EgressRule {
  return { to: [podsOf(peer)], ports: [{ port }] };
}

/** Lets pods call the API. A policy sees a packet after the Service's address was replaced by an API server's own. */
export function toApiServers({
  nodes,
  kubernetes,
}: Pick<Environment, "nodes" | "kubernetes">): EgressRule {
  return {
    to: nodes
      .filter(({ role }) => role === "control-plane")
      .map(({ address }) => ({ ipBlock: { cidr: `${address}/32` } })),
    ports: [{ port: kubernetes.apiPort }],
  };
}
