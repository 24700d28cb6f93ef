import { environmentOf, type Resource } from "./resource";

/** Environments in which people rely on what runs: some policies ask more there. Other environments are disposable. */
const production = ["prd"];

export function isProduction(resource: Pick<Resource, "urn">): boolean {
  return production.includes(environmentOf(resource));
}

/** Storage classes of production whose volumes outlive their claims (`reclaimPolicy: Retain` in Pulumi.prd.yaml). */
export const retainingClasses = ["vsphere-dts-ssd-retain", "vsphere-dts-nfs-retain"];
