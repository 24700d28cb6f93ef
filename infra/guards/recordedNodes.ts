import { z } from "zod";

import type { Machine } from "../../kubernetes/membership";
import type { StackResource } from "../../pulumi/stackResources";
import { nameOf } from "../../pulumi/urn";
import { isOfLoadBalancer, isOfMachine, MACHINE, VIRTUAL_MACHINE } from "./machineTypes";
import { type MadeWith, madeWithSchema } from "./madeWith";

/** A node's machine, as the state of infra has it. */
export interface RecordedNode extends Machine {
  /** Undefined if it was not recorded. */
  zone?: string;
  generation: number;
  /** Undefined if a clone failed and left no outputs. */
  cpus?: number;
  memoryMiB?: number;
  /** Undefined if an older program has made it. */
  madeWith?: MadeWith;
  /** Whether the last update has held it. */
  wasHeld?: true;
  /** Whether the last update has protected it from deletion. */
  isProtected?: true;
}

/** CPUs and memory of a machine, as the state has them. */
export type RecordedSize = Pick<RecordedNode, "cpus" | "memoryMiB">;

/** A recorded machine with all that is needed to register it once more. */
export interface HeldNode extends Required<
  Pick<RecordedNode, "name" | "address" | "zone" | "role">
> {
  generation: number;
  madeWith?: MadeWith;
}

const machineSchema = z.object({ uuid: z.string(), numCpus: z.number(), memory: z.number() });
const role = z.enum(["control-plane", "worker"]);
const componentSchema = z
  .object({
    address: z.string(),
    zone: z.string(),
    role,
    generation: z.number(),
    madeWith: madeWithSchema,
    isProtected: z.literal(true),
  })
  .partial();
const listed = z.array(z.object({ name: z.string(), role, zone: z.string().optional() }));
const outputsSchema = z.object({
  infra: z.object({ nodes: listed, held: listed.default([]) }),
});

/**
 * The machines of nodes in a state, without load balancers. They come from its resources, since outputs may name other machines than
 * exist. Only role and zone, which older programs recorded in no resource, may come from the outputs.
 */
export function recordedNodes(resources: readonly StackResource[]): RecordedNode[] {
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const { nodes, held } = outputsSchema.safeParse(root?.outputs).data?.infra ?? NONE;
  const exported = new Map([...nodes, ...held].map((node) => [node.name, node] as const));
  const components = new Map(
    resources
      .filter(({ type }) => type === MACHINE)
      .map(({ urn, outputs: own }) => [nameOf(urn), componentSchema.safeParse(own).data ?? {}]),
  );
  return resources
    .filter(
      ({ urn, type }) => type === VIRTUAL_MACHINE && isOfMachine(urn) && !isOfLoadBalancer(urn),
    )
    .map(({ urn, outputs: own }) => {
      const name = nameOf(urn).replace(/-vm$/, "");
      const made = machineSchema.partial().safeParse(own).data ?? {};
      const component = components.get(name) ?? {};
      return definedOnly({
        name,
        vmId: made.uuid,
        cpus: made.numCpus,
        memoryMiB: made.memory,
        address: component.address,
        zone: component.zone ?? exported.get(name)?.zone,
        role: component.role ?? exported.get(name)?.role,
        generation: component.generation ?? 1,
        madeWith: component.madeWith,
        isProtected: component.isProtected,
        wasHeld: held.some((one) => one.name === name) ? true : undefined,
      });
    });
}

/** Sizes of all machines in a state by name, those of load balancers included. */
export function recordedSizes(resources: readonly StackResource[]): Map<string, RecordedSize> {
  return new Map(
    resources
      .filter(({ type }) => type === VIRTUAL_MACHINE)
      .map(({ urn, outputs: own }) => {
        const made = machineSchema.partial().safeParse(own).data ?? {};
        return [nameOf(urn).replace(/-vm$/, ""), { cpus: made.numCpus, memoryMiB: made.memory }];
      }),
  );
}

const NONE: z.output<typeof outputsSchema>["infra"] = { nodes: [], held: [] };

function definedOnly(node: { [key in keyof RecordedNode]: RecordedNode[key] | undefined }) {
  return Object.fromEntries(
    Object.entries(node).filter(([, value]) => value !== undefined),
  ) as unknown as RecordedNode;
}
