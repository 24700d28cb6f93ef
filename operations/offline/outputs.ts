import { stringify } from "yaml";

import type { Cluster, Infra } from "../../environment/contracts";
import { infraOutput } from "../../environment/infraOutput";
import { entryAddress, loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment, MachineSpec } from "../../environment/schema";

/** Where a program finds what the stack before it exports. */
export interface UpstreamOutputs {
  plain: Record<string, unknown>;
  /** Encrypted in the state. */
  secret: Record<string, string>;
}

/** What stands where only a running site has a value. No key, no certificate, no id can be mistaken for it. */
const NOTHING = "offline-preview";

/**
 * What infra would export: everything the environment says itself, and marks in the place of what the machines would bring.
 */
export function offlineInfra(
  environment: Pick<Environment, "kubernetes" | "loadBalancer" | "ssh" | "nodes">,
): UpstreamOutputs {
  const machines = [...loadBalancerMachines(environment.loadBalancer), ...environment.nodes];
  const made = ({ name, zone, address }: MachineSpec) => ({
    name,
    zone,
    address,
    hostKey: `${NOTHING} host key of ${name}`,
    vmId: idOf(machines.findIndex((machine) => machine.name === name)),
  });
  const infra: Infra = infraOutput(environment, made);
  return { plain: { infra }, secret: { sshPrivateKey: NOTHING } };
}

/** The nil UUID but for its end: no machine ever has it. */
function idOf(index: number): string {
  return `00000000-0000-0000-0000-${String(index + 1).padStart(12, "0")}`;
}

/** What cluster would export, in the same way. */
export function offlineCluster(
  environment: Pick<
    Environment,
    "kubernetes" | "loadBalancer" | "cni" | "namespaces" | "storageClasses"
  >,
): UpstreamOutputs {
  const { kubernetes, loadBalancer, cni, namespaces, storageClasses } = environment;
  const cluster: Cluster = {
    clusterName: kubernetes.clusterName,
    apiServer: `https://${entryAddress(loadBalancer)}:${kubernetes.apiPort}`,
    kubernetesVersion: kubernetes.version,
    cni: cni.type,
    caCertificate: NOTHING,
    namespaces: namespaces.map(({ name }) => name),
    storageClasses: storageClasses.map(({ name }) => name),
    images: [],
  };
  return { plain: { cluster }, secret: { kubeconfig: unreachableCluster() } };
}

/**
 * A kubeconfig with an address that no server can have. The plugin asks there which kinds the cluster knows, is refused at once,
 * and shows objects as the program has them.
 */
function unreachableCluster(): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: NOTHING, cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: NOTHING, user: {} }],
    contexts: [{ name: NOTHING, context: { cluster: NOTHING, user: NOTHING } }],
    "current-context": NOTHING,
  });
}
