import { join } from "node:path";

import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { projectName } from "../../lib/projectNames";

/** A Pulumi project of this repository. */
export interface StackProject {
  /** Its short name, which `STACK=` accepts. */
  name: string;
  /** The folder that holds its Pulumi.yaml. */
  directory: string;
  /** Its name in the backend. @default that of its Pulumi.yaml, projectName(name) */
  backendName?: string;
}

/** A project's name in the backend, and in the URNs of its state. */
export function backendName(project: Pick<StackProject, "name" | "backendName">): string {
  return project.backendName ?? projectName(project.name);
}

/** Order of `up`; `down` goes the other way. The last one, `site`, only reads the other three. */
export const stackProjects: readonly StackProject[] = [
  { name: "infra", directory: join(checkout, "infra") },
  { name: "cluster", directory: join(checkout, "cluster") },
  { name: "apps", directory: join(checkout, "apps") },
  { name: "site", directory: checkout },
];

/**
 * The projects a command acts on: all, or the one named.
 * @throws OperatorError when the name is none of ours.
 */
export function selectProjects(name?: string): readonly StackProject[] {
  if (name === undefined || name === "") {
    return stackProjects;
  }
  const project = stackProjects.find((candidate) => candidate.name === name);
  if (project === undefined) {
    throw new OperatorError({
      what: `There is no stack "${name}".`,
      where: `STACK=${name}`,
      next: `use one of ${stackProjects.map((known) => known.name).join(", ")}, or leave STACK out for all`,
    });
  }
  return [project];
}
