import type { Flow } from "../environment/flows";
import type { Environment } from "../environment/schema";
import { contains } from "../lib/ipv4";

/** A box of the diagram. */
interface Box {
  id: string;
  label: string;
  /** Name of the zone of all its addresses. Undefined if they are in several zones or in none. */
  zone: string | undefined;
}

/**
 * Flows as a Mermaid flowchart: a box for each end of a flow, in its zone, and an arrow for each protocol between two boxes.
 */
export function flowsDiagram(flows: readonly Flow[], zones: Environment["zones"]): string {
  const boxes = boxesOf(flows, zones);
  const box = (label: string): string => (boxes.get(label) as Box).id;
  const inZone = (zone: string | undefined): string[] =>
    [...boxes.values()]
      .filter((one) => one.zone === zone)
      .map(({ id, label }) => `${id}["${escape(label)}"]`);
  const arrows = new Map<string, number[]>();
  for (const { from, to, protocol, ports } of flows) {
    const key = `${box(from)} -->|"${protocol} PORTS"| ${box(to)}`;
    arrows.set(key, [...(arrows.get(key) ?? []), ...ports]);
  }
  const lines = [
    "flowchart LR",
    ...Object.entries(zones).flatMap(([name, { cidr }], index) => {
      const inside = inZone(name);
      return inside.length === 0
        ? []
        : [
            `    subgraph z${index}["${name} ${cidr}"]`,
            ...inside.map((line) => `        ${line}`),
            "    end",
          ];
    }),
    ...inZone(undefined).map((line) => `    ${line}`),
    ...[...arrows].map(([arrow, ports]) => {
      const sorted = [...new Set(ports)].sort((one, other) => one - other);
      return `    ${arrow.replace("PORTS", sorted.join(", "))}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function boxesOf(flows: readonly Flow[], zones: Environment["zones"]): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const flow of flows) {
    for (const [label, addresses] of [
      [flow.from, flow.fromAddresses],
      [flow.to, flow.toAddresses],
    ] as const) {
      if (!boxes.has(label)) {
        boxes.set(label, { id: `b${boxes.size}`, label, zone: zoneOf(addresses, zones) });
      }
    }
  }
  return boxes;
}

function zoneOf(addresses: readonly string[], zones: Environment["zones"]): string | undefined {
  return Object.keys(zones).find((name) =>
    addresses.every((address) => contains(zones[name].cidr, address.split("/")[0])),
  );
}

/** Text in quotes for Mermaid, which reads entities in it. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "#quot;").replaceAll("<", "&lt;");
}
