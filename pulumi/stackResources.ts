import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Project } from "../environment/contracts";
import { essence } from "./refusal";

/** A resource as the state of a stack has it. */
export interface StackResource {
  urn: string;
  type: string;
  /** In plain, secrets too: of them nothing may get into a message, nor unmarked into an output. */
  outputs: Record<string, unknown>;
}

/** What can be told of a stack's resources. */
export type StackResources =
  | { kind: "read"; resources: StackResource[] }
  /** The backend has no such stack. */
  | { kind: "absent" }
  /** It cannot be told; without secrets. */
  | { kind: "unreadable"; why: string };

const answerSchema = z.record(
  z.string(),
  z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).default({}) }),
);

/**
 * Reads which resources a stack has in its state, of another project or of this one, where it is the state from before this update.
 * That is what is there: a stack's outputs are overwritten even by an update that then fails in its deletes. Resources that wait
 * to be deleted after their replacement are left out. It never throws.
 */
export async function readStackResources(
  project: Project,
  stack = pulumi.getStack(),
): Promise<StackResources> {
  const stackName = `organization/${project}/${stack}`;
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
