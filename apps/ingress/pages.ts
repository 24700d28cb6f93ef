import type { types } from "@pulumi/kubernetes";

import type { Page } from "./dynamicConfig";

/** A page, and how Traefik's pods reach it. */
export interface ReachedPage extends Page {
  egress: types.input.networking.v1.NetworkPolicyEgressRule;
}
