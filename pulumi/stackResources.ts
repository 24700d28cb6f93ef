import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Project } from "../environment/contracts";
import { essence } from "./refusal";

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
 * after their replacement are left out. It never throws.
 */
export async function readStackResources(
  project: Project,
  stack = pulumi.getStack(),
): Promise<StackResources> {
  const stackName = `${pulumi.getOrganization()}/${project}/${stack}`;
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
