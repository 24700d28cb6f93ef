import semver from "semver";
import { stringify } from "yaml";

import { ANTREA_PORTS } from "../../../environment/flows";
import { FILES } from "./names";

/** What Antrea's configuration depends on. */
export interface AntreaConfigurationArgs {
  /** Release, without a leading v. */
  version: string;
  /** Range of Service addresses. */
  serviceSubnet: string;
}

/** The oldest TLS that agents and controller speak. Which ciphers TLS 1.2 may use is left to Go's own list. */
const TLS_MIN_VERSION = "VersionTLS12";

/**
 * Features of both, each set explicitly although most are off: a feature that a release turns on by default would ask for kinds
 * that are not defined here. Egress and ServiceExternalIP are off for one more reason: for them the agents of all zones gossip on port
 * 10351, which the firewall between zones does not let through.
 */
const FEATURES = {
  AntreaPolicy: true,
  NetworkPolicyStats: true,
  Egress: false,
  Multicast: false,
  ServiceExternalIP: false,
  Traceflow: false,
};

/** As FEATURES; an agent that does not know a feature refuses to start. */
function agentFeatures(version: string): Record<string, boolean> {
  return semver.gte(version, "2.7.0") ? { ...FEATURES, AntreaNodeConfig: false } : FEATURES;
}

/**
 * The content of antrea-config: files by name. Packets between pods of different nodes use Geneve, over the interface with
 * the node's address (the machines have one). kube-proxy stays. Antrea's own proxy serves only the pods, which policies on traffic to
 * Services need.
 * @see https://github.com/antrea-io/antrea/blob/v2.7.0/pkg/config/agent/config.go
 */
export function antreaConfiguration(args: AntreaConfigurationArgs): Record<string, string> {
  return {
    [FILES.agent]: stringify({
      featureGates: agentFeatures(args.version),
      trafficEncapMode: "encap",
      tunnelType: "geneve",
      tunnelPort: ANTREA_PORTS.tunnel,
      serviceCIDR: args.serviceSubnet,
      antreaProxy: { enable: true, proxyAll: false },
      tlsMinVersion: TLS_MIN_VERSION,
    }),
    [FILES.controller]: stringify({
      featureGates: FEATURES,
      apiPort: ANTREA_PORTS.controller,
      selfSignedCert: true,
      tlsMinVersion: TLS_MIN_VERSION,
    }),
    [FILES.conflist]: JSON.stringify(
      {
        cniVersion: "0.3.0",
        name: "antrea",
        plugins: [
          { type: "antrea", ipam: { type: "host-local" } },
          { type: "portmap", capabilities: { portMappings: true } },
        ],
      },
      null,
      2,
    ),
  };
}
