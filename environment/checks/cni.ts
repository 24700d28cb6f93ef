import type { Fault } from "../faults";
import { isSupportedAntrea, SUPPORTED_ANTREA } from "../releases/supported";
import type { Environment } from "../schema";

/** A release of Antrea the programs do not know. */
export function cniFaults({ cni }: Pick<Environment, "cni">): Fault[] {
  return cni.type !== "antrea" || isSupportedAntrea(cni.version)
    ? []
    : [
        {
          path: "cni.version",
          value: cni.version,
          reason: "is a release of Antrea whose objects are not known here",
          allowed: SUPPORTED_ANTREA,
        },
      ];
}
