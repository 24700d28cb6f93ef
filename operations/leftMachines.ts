import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Environment } from "../environment/schema";
import { recordedNodes } from "../infra/recordedNodes";
import { stateDirectory } from "./paths";
import type { StateResource } from "./stackState";

type Site = Pick<Environment, "nodes" | "stack">;

/** Names of machines that infra deletes while cluster still has steps on them; noted beside the state. */
function file(environment: string): string {
  return join(stateDirectory(), "left", `${environment}.json`);
}

/** The machines that `make up` was about to delete, and that are not listed again. */
export function readLeftMachines({ stack, nodes }: Site): string[] {
  try {
    const names = JSON.parse(readFileSync(file(stack), "utf8")) as string[];
    return names.filter((name) => !nodes.some((node) => node.name === name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return [];
    }
    throw error;
  }
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
    write(site.stack, [...new Set([...readLeftMachines(site), ...leaving])]);
  }
}

/** Once cluster is up without them. */
export function forgetLeftMachines(environment: string): void {
  rmSync(file(environment), { force: true });
}

function write(environment: string, names: string[]): void {
  const path = file(environment);
  mkdirSync(join(stateDirectory(), "left"), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, JSON.stringify(names), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
