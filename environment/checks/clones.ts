import type { Fault } from "../faults";
import type { Environment } from "../schema";
import { machinesOf } from "./machines";

/** A disk format or size of its own, which a linked clone cannot have, because it shares the template's disk. */
export function cloneFaults({
  vsphere,
  ...sections
}: Pick<Environment, "vsphere" | "loadBalancer" | "nodes">): Fault[] {
  if (vsphere.clone !== "linked") {
    return [];
  }
  const [first, ...others] = machinesOf(sections);
  return [
    ...(vsphere.diskFormat === undefined
      ? []
      : [
          {
            path: "vsphere.diskFormat",
            value: vsphere.diskFormat,
            reason: "cannot be chosen for linked clones: they share the template's disk",
            allowed: "leave it out, or clone: full",
          },
        ]),
    ...others
      .filter(({ machine }) => machine.diskGiB !== first.machine.diskGiB)
      .map(({ path, machine }) => ({
        path: `${path}.diskGiB`,
        value: machine.diskGiB,
        reason: `is not that of ${first.path}: linked clones have the size of the template's disk`,
        allowed: `${first.machine.diskGiB}, or clone: full`,
      })),
  ];
}
