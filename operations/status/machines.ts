import type { Cluster, Infra } from "../../environment/contracts";
import type { Section } from "../../lib/statusSection";
import { table } from "../../lib/table";
import type { Readiness } from "./nodeReadiness";

/** The table of machines: role, zone, address, and how their nodes stand. */
export function machinesSection(
  { nodes, loadBalancers }: Infra,
  readiness: ReadonlyMap<string, Readiness>,
): Section {
  const states = nodes.map((node) => ({
    ...node,
    ...(readiness.get(node.name) ?? { ready: "not joined", version: "-" }),
  }));
  const rows = states.map(({ name, role, zone, address, ready, version }) => [
    ...[name, role, zone, address, ready, version],
  ]);
  rows.unshift(
    ...loadBalancers.map(({ name, zone, address }) => [
      ...[name, "load-balancer", zone, address, "-", "-"],
    ]),
  );
  return {
    text: table(["MACHINE", "ROLE", "ZONE", "ADDRESS", "STATE", "KUBELET"], rows),
    missing: states
      .filter(({ ready }) => ready !== "Ready")
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
