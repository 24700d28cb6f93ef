import * as pulumi from "@pulumi/pulumi";

import type { Project } from "../environment/contracts";
import { formerProjectName, projectName } from "../lib/projectNames";

/** The full name of a stack of this organization. On file and s3 backends the organization is always the word `organization`. */
export function qualifiedName(project: Project, stack = pulumi.getStack()): string {
  return [pulumi.getOrganization(), projectName(project), stack].join("/");
}

/** The full name that the stack had before projects were called sitewright-…. */
export function formerQualifiedName(project: Project, stack = pulumi.getStack()): string {
  return [pulumi.getOrganization(), formerProjectName(project), stack].join("/");
}

/** What to do where a stack has its former name. */
export function renaming(project: Project, stack = pulumi.getStack()): string {
  return (
    `It still has the name from before projects were called sitewright-…. make up ENV=${stack} renames all stacks; or, in each folder:\n` +
    `cd ${project} && pulumi stack rename ${qualifiedName(project, stack)} --stack ${formerQualifiedName(project, stack)}`
  );
}
