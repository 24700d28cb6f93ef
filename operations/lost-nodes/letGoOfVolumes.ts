import type { Kubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { leftoverOf, type PersistentVolume } from "./volumes";

/** Field manager that removes finalizers. */
const MANAGER = "sitewright-release";

/** Deletes volumes whose folders can no longer be removed, with their finalizers. */
export async function letGoOfVolumes(
  api: Pick<Kubectl, "patch" | "removeAll">,
  volumes: readonly PersistentVolume[],
  say: (line: string) => void,
): Promise<void> {
  for (const volume of volumes) {
    const { what, where } = leftoverOf(volume);
    say(`Let go with its node: ${what}: ${where}`);
    await api.removeAll("persistentvolumes", [volume]);
    try {
      await api.patch(
        "persistentvolume",
        { name: volume.metadata.name },
        { metadata: { finalizers: null } },
        MANAGER,
      );
    } catch (error) {
      // A volume whose finalizers were removed meanwhile is gone by now.
      if (!(error instanceof OperatorError && /NotFound/.test(error.fault.why ?? ""))) {
        throw error;
      }
    }
  }
}
