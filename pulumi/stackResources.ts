import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Project } from "../environment/contracts";
import { isOfSite } from "../lib/projectNames";
import { formerQualifiedName, qualifiedName, renaming } from "./qualifiedName";
import { essence, Refusal } from "./refusal";

/** A resource as the state of a stack has it. */
export interface StackResource {
  urn: string;
  type: string;
  /** In plain, secrets too: put none of it into a message, or into an output that is not marked as secret. */
  outputs: Record<string, unknown>;
}

/** Answer to which resources a stack has. */
export type StackResources =
  | { kind: "read"; resources: StackResource[] }
  /** The backend has no such stack. */
  | { kind: "absent" }
  /** Why the resources cannot be read; without secrets. */
  | { kind: "unreadable"; why: string };

const answerSchema = z.record(
  z.string(),
  z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).default({}) }),
);

/**
 * Reads the resources in the state of a stack, of another project or of this one; then it is the state before this update. Resources
 * tell what exists. Outputs do not: even an update that then fails in its deletes overwrites them. Resources that wait to be deleted
 * after their replacement are left out. A stack that still has the name from before projects were called sitewright-… is read under
 * that. It never throws.
 */
export async function readStackResources(
  project: Project,
  stack = pulumi.getStack(),
): Promise<StackResources> {
  const present = await readResources(qualifiedName(project, stack));
  if (present.kind !== "absent") {
    return present;
  }
  const former = await readResources(formerQualifiedName(project, stack));
  return former.kind === "read" && isOfSite(former.resources) ? former : present;
}

/**
 * Refuses to work on a new state while there is another one under the former name of this project: what that one has would be made
 * again, or get new passwords.
 *
 * @throws Refusal with the commands that rename it.
 */
export async function refuseFormerName(project: Project): Promise<void> {
  const former = await readResources(formerQualifiedName(project));
  if (former.kind === "read" && isOfSite(former.resources)) {
    throw new Refusal(
      `There is a stack ${formerQualifiedName(project)} with ${former.resources.length} resources. Nothing was created or changed.\n${renaming(project)}`,
    );
  }
}

async function readResources(stackName: string): Promise<StackResources> {
  let answer: { outputs?: unknown };
  try {
    answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    })) as typeof answer;
  } catch (error) {
    const why = essence(error);
    // By the word of the engine's backendClient.
    return why.includes(`unknown stack "${stackName}"`)
      ? { kind: "absent" }
      : { kind: "unreadable", why };
  }
  const read = answerSchema.safeParse(answer.outputs);
  return read.success
    ? {
        kind: "read",
        resources: Object.entries(read.data).map(([urn, resource]) => ({ urn, ...resource })),
      }
    : { kind: "unreadable", why: `the engine's answer on ${stackName} has another form` };
}
