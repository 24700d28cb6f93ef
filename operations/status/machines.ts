import type { Cluster, Infra } from "../../environment/contracts";
import type { Section } from "../../lib/statusSection";
import { table } from "../../lib/table";
import type { Readiness } from "./nodeReadiness";

/**
 * The table of machines: role, zone, address, and how their nodes stand. A machine without a Node is told by membersSection.
 *
 * @param readiness - Undefined when the cluster's API does not answer, or there is no cluster yet.
 */
export function machinesSection(
  { nodes, held, loadBalancers }: Infra,
  readiness: ReadonlyMap<string, Readiness> | undefined,
): Section {
  const unknown = { ready: readiness === undefined ? "-" : "not joined", version: "-" };
  const stateOf = (node: Infra["nodes"][number]) => ({
    ...node,
    ...(readiness?.get(node.name) ?? unknown),
  });
  const row = ({ name, role, zone, address, ready, version }: ReturnType<typeof stateOf>) => [
    ...[name, role, zone, address, ready, version],
  ];
  const states = nodes.map(stateOf);
  const leaving = held.map(stateOf).map((one) => ({ ...one, ready: `${one.ready}, leaving` }));
  const rows = [
    ...loadBalancers.map(({ name, zone, address }) => [
      ...[name, "load-balancer", zone, address, "-", "-"],
    ]),
    ...[...states, ...leaving].map(row),
  ];
  return {
    text: table(["MACHINE", "ROLE", "ZONE", "ADDRESS", "STATE", "KUBELET"], rows),
    missing: states
      .filter(({ name, ready }) => readiness?.has(name) === true && ready !== "Ready")
      .map(({ name, ready }) => `node ${name} is ${ready}`),
    warnings: [],
  };
}

/** The line about the cluster. */
export function clusterSection({
  clusterName,
  apiServer,
  kubernetesVersion,
  cni,
}: Cluster): Section {
  const row = [clusterName, apiServer, kubernetesVersion, cni];
  return {
    text: table(["CLUSTER", "API", "KUBERNETES", "POD NETWORK"], [row]),
    missing: [],
    warnings: [],
  };
}
