import { openNodePorts } from "../../environment/applications/exposed";
import { portsOfCni } from "../../environment/flows";
import type { Environment, NodeSpec } from "../../environment/schema";
import type { OpenPort } from "../../ssh/firewall";

/**
 * Ports a node's own firewall must let in, and no other: what its role, the pod network and applications with node ports ask for. The
 * scheduler and the controller manager listen on the loopback interface only, so their ports stay shut; so does Antrea's
 * 10351, by which its agents gossip for features that are off (antrea/configuration.ts).
 * @see https://kubernetes.io/docs/reference/networking/ports-and-protocols/
 */
export function firewallPorts(environment: Environment, node: NodeSpec): OpenPort[] {
  const { cni, kubernetes, nodes } = environment;
  const { tunnelPort, controllerPort } = portsOfCni(cni);
  const isControlPlane = node.role === "control-plane";
  const controlPlanes = nodes.filter(({ role }) => role === "control-plane").length;
  const nodePorts = isControlPlane
    ? []
    : openNodePorts(environment).filter(({ zone }) => zone === node.zone);
  return [
    { protocol: "tcp", port: 10250 },
    { protocol: "udp", port: tunnelPort },
    ...when(isControlPlane, { protocol: "tcp", port: kubernetes.apiPort }),
    ...when(isControlPlane && controlPlanes > 1, { protocol: "tcp", port: "2379:2380" }),
    ...(isControlPlane && controllerPort !== undefined
      ? [{ protocol: "tcp" as const, port: controllerPort }]
      : []),
    ...nodePorts.flatMap(({ ports }) => ports.map((port): OpenPort => ({ protocol: "tcp", port }))),
  ];
}

function when(condition: boolean, ...ports: OpenPort[]): OpenPort[] {
  return condition ? ports : [];
}
