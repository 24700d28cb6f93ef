import type { Registry } from "../applications/registry";
import { type Answers, below } from "./answer";
import { clusterChanges } from "./cluster";
import { machineChanges } from "./machines";

/** What a change of each key does on a site that is up: the one place that says it. docs/changes.md is made of it. */
export function changesOf({ specs }: Registry): Answers {
  return Object.assign(
    { ...machineChanges, ...clusterChanges },
    ...Object.entries(specs).map(([name, { changes }]) => below(`apps.${name}`, changes)),
  ) as Answers;
}
