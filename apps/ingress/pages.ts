import type { types } from "@pulumi/kubernetes";

import type { Page } from "./dynamicConfig";

/** A page, and how Traefik's pods reach it. */
export interface ReachedPage extends Page {
  egress: types.input.networking.v1.NetworkPolicyEgressRule;
}

/** One port of the pods with these labels. */
export function toPods(
  namespace: string,
  podLabels: Record<string, string>,
  podPort: number,
): types.input.networking.v1.NetworkPolicyEgressRule {
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: podLabels },
      },
    ],
    ports: [{ port: podPort }],
  };
}
