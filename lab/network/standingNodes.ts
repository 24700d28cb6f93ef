import { rmSync } from "node:fs";

import type { Environment, NodeSpec } from "../../environment/schema";
import { readIfThere, replaceFile } from "../../lib/files";
import { labContainers } from "../docker";
import { stateFile } from "../paths";

/** The note in the lab's state: the nodes for which the firewall is open. */
const note = stateFile("nodes.json");

/**
 * An environment with the nodes, too, that it no longer lists as they are, and whose machines are still there. A machine that leaves
 * the cluster needs its flows until it has left, as behind a site's own firewall.
 */
export async function withStandingNodes(environment: Environment): Promise<Environment> {
  const former = JSON.parse(readIfThere(note) ?? "[]") as NodeSpec[];
  const containers = (await labContainers()).map(({ name }) => name);
  const nodes = [...environment.nodes, ...standing(former, environment.nodes, containers)];
  replaceFile(note, JSON.stringify(nodes), 0o600);
  return { ...environment, nodes };
}

/** Forgets them: the firewall is gone. */
export function forgetStandingNodes(): void {
  rmSync(note, { force: true });
}

/** Those of the former nodes that are not listed with the same address, and have a container. Exported for its test. */
export function standing(
  former: readonly NodeSpec[],
  listed: readonly NodeSpec[],
  containers: readonly string[],
): NodeSpec[] {
  return former.filter(
    ({ name, address }) =>
      containers.includes(`sitewright-${name}`) && !listed.some((node) => node.address === address),
  );
}
