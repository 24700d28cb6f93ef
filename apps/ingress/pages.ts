import type { types } from "@pulumi/kubernetes";

import type { Page } from "./dynamicConfig";

/** A page, and how Traefik's pods reach it. */
export interface ReachedPage extends Page {
  egress: types.input.networking.v1.NetworkPolicyEgressRule;
}

/** A Service in Traefik's own namespace. */
export interface ServicePage extends Pick<Page, "name" | "host"> {
  namespace: string;
  /** Name and port of the Service. */
  service: string;
  port: number;
  /** Labels of its pods, and their port. */
  podLabels: Record<string, string>;
  podPort: number;
}

/** The page of a Service in Traefik's own namespace, where there are no routes (dynamicConfig.ts). */
export function servicePage(page: ServicePage): ReachedPage {
  const { name, host, namespace, service, port, podLabels, podPort } = page;
  return {
    name,
    host,
    urls: [`http://${service}.${namespace}.svc:${port}`],
    egress: toPods(namespace, podLabels, podPort),
  };
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
