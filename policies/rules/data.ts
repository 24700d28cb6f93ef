import { kindOf } from "./pods";
import type { StackPolicy } from "../policy";
import { isProduction, productionOf } from "../production";
import { at, listAt, type Resource, UNKNOWN } from "../resource";

/**
 * A changed name, or a resource that the program no longer has, deletes; and with a claim its disk, unless its volume outlives it.
 */
export const dataKept: StackPolicy = {
  name: "data-kept",
  description:
    "In production what holds data is protected from deletion, or its volume outlives it.",
  level: "mandatory",
  checkStack: (resources) =>
    resources
      .filter((one) => isProduction(one) && holdsData(one) && !one.protect)
      .filter((one) => !isRetained(one, resources))
      .map((resource) => ({
        resource,
        message:
          `With ${kindOf(resource)} ${String(at(resource.inputs, "metadata", "name"))} its data would go: ` +
          "protect it, or put it on a volume that is retained.",
      })),
};

function holdsData(resource: Resource): boolean {
  const kind = kindOf(resource);
  if (kind === "StatefulSet") {
    // The claims of its templates stay when it goes, unless it says otherwise.
    const whenDeleted = ["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"];
    return (
      listAt(resource.inputs, "spec", "volumeClaimTemplates").length > 0 &&
      at(resource.inputs, ...whenDeleted) === "Delete"
    );
  }
  return kind === "PersistentVolume" || kind === "PersistentVolumeClaim";
}

/** Whether the volume is kept: by its class, by what the program says of the claim's own volume, or by the volume itself. */
function isRetained(resource: Resource, resources: readonly Resource[]): boolean {
  const kind = kindOf(resource);
  if (kind === "StatefulSet") {
    return listAt(resource.inputs, "spec", "volumeClaimTemplates").every((claim) =>
      hasRetainingClass(claim, resource),
    );
  }
  if (kind === "PersistentVolumeClaim" && hasRetainingClass(resource.inputs, resource)) {
    return true;
  }
  const volume = kind === "PersistentVolume" ? resource : volumeOf(resource, resources);
  return at(volume?.inputs, "spec", "persistentVolumeReclaimPolicy") === "Retain";
}

function hasRetainingClass(claim: unknown, resource: Resource): boolean {
  const name = at(claim, "spec", "storageClassName");
  return name === UNKNOWN || productionOf(resource).retainingClasses.has(String(name));
}

function volumeOf(claim: Resource, resources: readonly Resource[]): Resource | undefined {
  return resources.find(
    (one) =>
      kindOf(one) === "PersistentVolume" &&
      ["name", "namespace"].every(
        (key) => at(one.inputs, "spec", "claimRef", key) === at(claim.inputs, "metadata", key),
      ),
  );
}
