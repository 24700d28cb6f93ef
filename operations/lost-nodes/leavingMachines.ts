import { join } from "node:path";

import type { Environment } from "../../environment/schema";
import { recordedNodes } from "../../infra/guards/recordedNodes";
import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";
import type { StateResource } from "../engine/exportedStack";

type Site = Pick<Environment, "nodes" | "stack">;

/** Names of machines that infra deletes while cluster still has steps on them; noted beside the state. */
function file(environment: string): string {
  return join(stateDirectory(), "left", `${environment}.json`);
}

/** The machines that `make up` was about to delete, and that are not listed again. */
export function readLeavingMachines({ stack, nodes }: Site): string[] {
  const names = JSON.parse(readIfThere(file(stack)) ?? "[]") as string[];
  return names.filter((name) => !nodes.some((node) => node.name === name));
}

/** Adds to the note which recorded machines an update of infra will delete. It is there before the update begins. */
export function noteLeavingMachines(site: Site, resources: readonly StateResource[]): void {
  const recorded = recordedNodes(
    resources.map(({ urn, type, outputs = {} }) => ({ urn, type, outputs })),
  );
  const leaving = recorded
    .map(({ name }) => name)
    .filter((name) => !site.nodes.some((node) => node.name === name));
  if (leaving.length > 0) {
    const names = [...new Set([...readLeavingMachines(site), ...leaving])];
    writeNote(file(site.stack), JSON.stringify(names));
  }
}

/** Once cluster is up without them. */
export function forgetLeavingMachines(environment: string): void {
  writeNote(file(environment), undefined);
}
