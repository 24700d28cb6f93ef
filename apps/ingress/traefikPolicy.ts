import type { types } from "@pulumi/kubernetes";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { inNamespace, toApiServers } from "../../kubernetes/networkPolicies";
import { PORTS } from "./traefikConfig";

/** Whom Traefik's pods talk to. */
export interface TraefikPolicyArgs {
  environment: Pick<Environment, "kubernetes" | "nodes">;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  /** Namespaces with applications that routes lead to. */
  reached: string[];
  /** What it reaches beside the API and these. */
  egress: types.input.networking.v1.NetworkPolicyEgressRule[];
}

/** Who reaches Traefik's pods and whom they reach. Their other ports, for probes and metrics, are closed to all pods. */
export class TraefikPolicy extends pulumi.ComponentResource {
  constructor(name: string, args: TraefikPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:TraefikPolicy", name, {}, opts);
    const { environment, metadata, reached, egress } = args;
    new NetworkPolicy(
      `${name}-flows`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: metadata.labels },
          policyTypes: ["Ingress", "Egress"],
          // From anywhere, because that is what an ingress is for. The kubelet's probes of its own pods always pass.
          ingress: [{ ports: [{ port: PORTS.web }, { port: PORTS.websecure }] }],
          egress: [
            toApiServers(environment),
            // Any port: an application's own policy says at which of them it is reached.
            ...reached.map((namespace) => ({ to: [inNamespace(namespace)] })),
            ...egress,
          ],
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
