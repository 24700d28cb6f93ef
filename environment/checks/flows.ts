import type { Fault } from "../faults";
import { party } from "../flows";
import { entryAddress } from "../loadBalancers";
import type { Environment } from "../schema";

/** Names of a flow's ends that are not zones, so no zone may have them. */
const RESERVED_NAMES = ["control-plane", "api", "nas"];

/** Extra flows with an unknown end, and zones whose name means something else in a flow. */
export function flowFaults({
  zones,
  nodes,
  flows,
  nas,
  loadBalancer,
}: Pick<Environment, "zones" | "nodes" | "flows" | "nas" | "loadBalancer">): Fault[] {
  const site = { zones, nodes, nas, apiAddress: entryAddress(loadBalancer) };
  const parties = [
    "control-plane",
    "api",
    ...(nas === undefined ? [] : ["nas"]),
    ...Object.keys(zones),
  ];
  return [
    ...flows.flatMap((flow, index) =>
      (["from", "to"] as const)
        .filter((end) => party(flow[end], site) === undefined)
        .map((end) => ({
          path: `flows[${index}].${end}`,
          value: flow[end],
          reason: "names nothing in this environment",
          allowed: `${parties.join(", ")}, the name of a node, an IPv4 address or network`,
        })),
    ),
    ...Object.keys(zones)
      .filter((name) => RESERVED_NAMES.includes(name))
      .map((name) => ({
        path: `zones.${name}`,
        value: name,
        reason: "is a name with another meaning in flows",
        allowed: `any name but ${RESERVED_NAMES.join(", ")}`,
      })),
  ];
}
