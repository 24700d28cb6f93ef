import type { remote } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

import { rootStep } from "../../ssh/rootStep";
import { awaitNodesScript, type NodeCondition } from "./conditions";
import { type KnownMachine, type Machine, triggersOf } from "./machine";

/** Seconds beyond the deadline of the condition itself. */
const SPARE_SECONDS = 30;

/**
 * A step on a control plane that waits until every node meets the condition. It runs again only when a machine is added,
 * removed or replaced, or a Node was created again.
 */
export function awaitNodes(
  name: string,
  {
    machines,
    leader,
    condition,
  }: { machines: readonly Machine[]; leader: KnownMachine; condition: NodeCondition },
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const names = machines.map(({ node }) => node.name);
  return rootStep(
    name,
    {
      host: leader.host,
      script: awaitNodesScript(names, condition),
      triggers: machines.flatMap(triggersOf),
      deadlineSeconds: condition.deadlineSeconds + SPARE_SECONDS,
    },
    opts,
  );
}
