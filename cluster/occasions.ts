import { z } from "zod";

/** The form in which a finished update records which machines have joined, and on which occasion each was given its token. */
export const joinedSchema = z.record(
  z.string(),
  z.object({ vmId: z.string(), occasion: z.string() }),
);

/** Machines that have joined, by node name. */
export type Joined = z.output<typeof joinedSchema>;

/**
 * When a token was minted. A token lives for minutes and a command that succeeded is not run again; so after a join that
 * failed, the next update must mint anew, whereas after one that succeeded it must not touch the machine. A machine that
 * has joined keeps its occasion, any other has a new one in every update, and minting is triggered by it.
 */
export function occasionOf(joined: Joined, node: string, vmId: string, now: string): string {
  const known = joined[node];
  return known?.vmId === vmId ? known.occasion : now;
}
