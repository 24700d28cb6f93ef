import { z } from "zod";

import type { Machine } from "../../kubernetes/membership";
import type { StackResource } from "../../pulumi/stackResources";

/** A node's machine, as the state of infra has it. */
export interface RecordedNode extends Machine {
  /** Undefined if a clone failed and left no outputs. */
  cpus?: number;
  memoryMiB?: number;
}

const VIRTUAL_MACHINE = "vsphere:index/virtualMachine:VirtualMachine";
const MACHINE = "sitewright:infra:Machine";
const LOAD_BALANCER = "sitewright:infra:LoadBalancer";

const machineSchema = z.object({ uuid: z.string(), numCpus: z.number(), memory: z.number() });
const componentSchema = z.object({ address: z.string() });
const rolesSchema = z.object({
  infra: z.object({
    nodes: z.array(z.object({ name: z.string(), role: z.enum(["control-plane", "worker"]) })),
  }),
});

/**
 * The machines of nodes in a state, without load balancers. They come from its resources, since outputs may name other machines than
 * exist. Only the role is in no resource, so it comes from the outputs.
 */
export function recordedNodes(resources: readonly StackResource[]): RecordedNode[] {
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const outputs = rolesSchema.safeParse(root?.outputs);
  const roles = new Map(
    (outputs.data?.infra.nodes ?? []).map(({ name, role }) => [name, role] as const),
  );
  const addresses = new Map(
    resources
      .filter(({ type }) => type === MACHINE)
      .map(({ urn, outputs: own }) => [nameOf(urn), componentSchema.safeParse(own).data?.address]),
  );
  return resources
    .filter(({ urn, type }) => type === VIRTUAL_MACHINE && isNode(urn))
    .map(({ urn, outputs: own }) => {
      const name = nameOf(urn).replace(/-vm$/, "");
      const made = machineSchema.partial().safeParse(own).data ?? {};
      return definedOnly({
        name,
        vmId: made.uuid,
        cpus: made.numCpus,
        memoryMiB: made.memory,
        address: addresses.get(name),
        role: roles.get(name),
      });
    });
}

/** Whether a virtual machine belongs to a node: a clone that was cut off and is to be destroyed belongs to no Machine. */
function isNode(urn: string): boolean {
  const types = (urn.split("::")[2] ?? "").split("$");
  return types.includes(MACHINE) && !types.includes(LOAD_BALANCER);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}

function definedOnly(node: { [key in keyof RecordedNode]: RecordedNode[key] | undefined }) {
  return Object.fromEntries(
    Object.entries(node).filter(([, value]) => value !== undefined),
  ) as unknown as RecordedNode;
}
