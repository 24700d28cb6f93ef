import type { Inputs, Resource } from "../../../policies/resource";

/** A resource of an environment, as a program would register it, without any secret. */
export function made(
  type: string,
  inputs: Inputs,
  {
    name = "thing",
    environment = "prd",
    ...rest
  }: Partial<Resource> & { environment?: string } = {},
): Resource {
  return {
    urn: `urn:pulumi:${environment}::apps::${type}::${name}`,
    type,
    name,
    inputs,
    masked: inputs,
    protect: false,
    ...rest,
  };
}

/** A pod that no policy has anything against, with other parts. */
export function podSpec(container: Inputs = {}, pod: Inputs = {}): Inputs {
  return {
    securityContext: { runAsNonRoot: true },
    containers: [
      {
        name: "main",
        image: "registry.example/app:1.0.0@sha256:00",
        resources: { requests: { cpu: "1m", memory: "1Mi" }, limits: { memory: "1Mi" } },
        securityContext: { allowPrivilegeEscalation: false },
        ...container,
      },
    ],
    ...pod,
  };
}

/** A Deployment of such pods. */
export function deployment(spec = podSpec(), other: Inputs = {}): Inputs {
  return {
    metadata: { name: "thing", namespace: "home", labels: { app: "thing" } },
    spec: { replicas: 1, template: { metadata: { labels: { app: "thing" } }, spec }, ...other },
  };
}

/** One object of a kind of Kubernetes. */
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
