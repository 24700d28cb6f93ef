import type { remote } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

import { rootStep } from "../../ssh/rootStep";
import { awaitNodesScript, type NodeCondition } from "./conditions";
import { type Machine, triggersOf } from "./machine";

/** Seconds beyond the deadline of the condition itself. */
const SPARE_SECONDS = 30;

/**
 * A step on the first control plane that ends when every node is as the condition says. It runs again when a machine comes,
 * goes or is replaced, or a Node was made anew, and not otherwise.
 */
export function awaitNodes(
  name: string,
  { machines, condition }: { machines: readonly Machine[]; condition: NodeCondition },
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const first = machines.find(({ node }) => node.role === "control-plane") as Machine;
  const names = machines.map(({ node }) => node.name);
  return rootStep(
    name,
    {
      host: first.host,
      script: awaitNodesScript(names, condition),
      triggers: machines.flatMap(triggersOf),
      deadlineSeconds: condition.deadlineSeconds + SPARE_SECONDS,
    },
    opts,
  );
}
