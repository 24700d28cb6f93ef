import { notAbove } from "../../environment/checks/namespaces";
import type { Fault } from "../../environment/faults";
import { mebibytes, memoryText } from "../../environment/schema/quantities";
import type { ConfluenceSettings } from "./settings";

/** Percent of the memory limit that Java's heap may take. Threads, code and buffers need the rest, or the kernel kills the process. */
const HEAP_PERCENT = 80;

/** A heap that does not fit its container, and requests above limits, which the API would refuse. */
export function confluenceFaults(
  { jvm, requests, limits }: Pick<ConfluenceSettings, "jvm" | "requests" | "limits">,
  path: string,
): Fault[] {
  const room = Math.floor((mebibytes(limits.memory) * HEAP_PERCENT) / 100);
  return [
    ...notAbove(path, { requests, limits }, "requests", "limits"),
    ...(jvm.minimumMiB > jvm.maximumMiB
      ? [
          {
            path: `${path}.jvm.minimumMiB`,
            value: jvm.minimumMiB,
            reason: `is more than ${path}.jvm.maximumMiB`,
            allowed: `at most ${jvm.maximumMiB}`,
          },
        ]
      : []),
    ...(jvm.maximumMiB > room
      ? [
          {
            path: `${path}.jvm.maximumMiB`,
            value: jvm.maximumMiB,
            reason:
              `is more than ${HEAP_PERCENT} % of ${path}.limits.memory, ` +
              `${limits.memory} x ${HEAP_PERCENT / 100} = ${memoryText(room)}: Java needs room beside its heap`,
            allowed: `at most ${room}`,
          },
        ]
      : []),
  ];
}
