import { type ExportedStack, type StateResource } from "./exportedStack";
import { plainValue } from "./plainValue";
import type { StackProject } from "./stacks";
import { type Driver, exportStack } from "./stackState";

/** A step that logs in on a machine, as the state has it. */
export interface RemoteStep {
  urn: string;
  /** Name of the resource: `<what>-<machine>`; older programs put the cluster's name before it. */
  name: string;
  /** The machine's address. */
  host: string;
  /** Whether it logs in once more when it is deleted. */
  deletes: boolean;
}

const REMOTE_COMMAND = "command:remote:Command";

/** @param resources - Of a state that was exported with its secrets: the connection is one. */
export function remoteSteps(resources: readonly StateResource[]): RemoteStep[] {
  return resources.flatMap(({ urn, type, inputs }) => {
    const plain = plainValue(inputs ?? {}) as { connection?: { host?: unknown }; delete?: unknown };
    const host = plain.connection?.host;
    return type !== REMOTE_COMMAND || typeof host !== "string"
      ? []
      : [{ urn, name: urn.split("::").at(-1) ?? "", host, deletes: plain.delete !== undefined }];
  });
}

/** Names of the machines by their addresses: every node is prepared, and every load balancer told whom to trust, by a step of its own. */
export function machinesOf(steps: readonly RemoteStep[]): Map<string, string> {
  return new Map(
    steps.flatMap(({ name, host }) => {
      const machine = /(?:^|-)(?:prepare|trust)-(.+)$/.exec(name)?.[1];
      return machine === undefined ? [] : [[host, machine] as const];
    }),
  );
}

/** The same state with steps that do nothing when they are deleted. */
export function withoutDeletes(stack: ExportedStack, urns: ReadonlySet<string>): ExportedStack {
  const { resources = [] } = stack.deployment;
  return {
    ...stack,
    deployment: {
      ...stack.deployment,
      resources: resources.map((resource) =>
        urns.has(resource.urn)
          ? {
              ...resource,
              inputs: withoutDelete(resource.inputs),
              // The plugin deletes by what it has recorded itself.
              outputs: withoutDelete(resource.outputs),
            }
          : resource,
      ),
    },
  };
}

function withoutDelete(properties: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key !== "delete"));
}

/**
 * The steps of a stack; none where it does not exist.
 * @throws OperatorError when its state cannot be read.
 */
export async function readRemoteSteps(
  engine: Pick<Driver, "environment" | "backendUrl" | "capture">,
  project: StackProject,
): Promise<RemoteStep[]> {
  const { deployment } = await exportStack(engine, project, "--show-secrets");
  return remoteSteps(deployment.resources ?? []);
}
