import { containersOf, podsOf } from "./pods";
import type { ResourcePolicy } from "../policy";
import { at } from "../resource";

/**
 * What a container has to say. No CPU limit is required: a container above its limit is throttled even while cores are idle, and
 * a container without one takes only what the requests of others leave.
 */
const NEEDED = [
  ["requests", "cpu"],
  ["requests", "memory"],
  ["limits", "memory"],
];

/** Of the disk of a node. */
const DISK = [
  ["requests", "ephemeral-storage"],
  ["limits", "ephemeral-storage"],
];

export const resourcesSet: ResourcePolicy = {
  name: "resources-set",
  description: "Every container requests processor and memory, and has a limit of memory.",
  level: "mandatory",
  check: checkFor(
    NEEDED,
    "without them its node does not know whom to place, and whom to end when memory runs out",
  ),
};

export const diskBounded: ResourcePolicy = {
  name: "disk-bounded",
  description: "Every container requests room on its node's disk, and has a limit of it.",
  level: "mandatory",
  check: checkFor(
    DISK,
    "without them one pod can fill its node's disk, and all pods there are evicted",
  ),
};

function checkFor(needed: readonly string[][], why: string): ResourcePolicy["check"] {
  return (resource) =>
    podsOf(resource)
      .flatMap(containersOf)
      .flatMap(({ name, inputs }) => {
        const missing = needed.filter((path) => at(inputs, "resources", ...path) === undefined);
        return missing.length === 0
          ? []
          : [
              {
                about: name,
                message: `The container ${name} has no ${missing.map((path) => path.join(".")).join(", ")}: ${why}.`,
              },
            ];
      });
}
