import { join } from "node:path";

import type { Environment } from "../../environment/schema";
import { recordedNodes } from "../../infra/guards/recordedNodes";
import { readIfThere, writeNote } from "../../lib/files";
import { stateDirectory } from "../../lib/paths";
import type { StateResource } from "../engine/exportedStack";

type Site = Pick<Environment, "nodes" | "stack">;

/** The note beside the state: names of machines that infra deletes while cluster still has steps on them. */
function file(environment: string): string {
  return join(stateDirectory(), "left", `${environment}.json`);
}

/** The machines that `make up` was about to delete, and that are not listed again. */
export function readLeavingMachines({ stack, nodes }: Site): string[] {
  const names = JSON.parse(readIfThere(file(stack)) ?? "[]") as string[];
  return names.filter((name) => !nodes.some((node) => node.name === name));
}

/** Adds to the note the recorded machines that an update of infra will delete. Called before the update begins. */
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

/** Removes the note. Called when cluster is up without these machines. */
export function forgetLeavingMachines(environment: string): void {
  writeNote(file(environment), undefined);
}
