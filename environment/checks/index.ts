import type { Fault } from "../faults";
import type { Environment } from "../schema";
import { accountFaults } from "./accounts";
import { nodePortFaults, placeFaults, replicaFaults } from "./apps";
import { cloneFaults } from "./clones";
import { kubernetesFaults, namespaceFaults } from "./cluster";
import { cniFaults } from "./cni";
import { flowFaults } from "./flows";
import { hostFaults, ingressFaults } from "./hosts";
import { machineFaults, zoneReferenceFaults } from "./machines";
import { amountFaults, diskFaults, podSecurityFaults, roomFaults } from "./namespaces";
import { addressFaults, networkFaults } from "./networks";
import { claimFaults, provisionerFaults, storageFaults } from "./storage";
import { versionFaults } from "./versions";
import { cloudProviderFaults, csiFaults } from "./vsphereServices";

/**
 * A check that spans several keys. It names the sections that it reads, so that it can still run when another section is
 * unreadable.
 */
interface Check<Needs extends keyof Environment> {
  needs: readonly Needs[];
  /** Pure: returns what is wrong, throws nothing. */
  faults: (sections: Pick<Environment, Needs>) => Fault[];
}

const checks = [
  check(["vsphere"], accountFaults),
  check(["zones", "kubernetes"], networkFaults),
  check(["zones", "loadBalancer", "nodes"], zoneReferenceFaults),
  check(["zones", "loadBalancer", "nodes", "nas", "vsphere"], addressFaults),
  check(["loadBalancer", "nodes"], machineFaults),
  check(["vsphere", "loadBalancer", "nodes"], cloneFaults),
  check(["zones", "nodes", "flows", "nas", "loadBalancer"], flowFaults),
  check(["kubernetes", "nodes"], kubernetesFaults),
  check(["packages", "kubernetes"], versionFaults),
  check(["cni"], cniFaults),
  check(["kubernetes", "vsphere"], cloudProviderFaults),
  check(["kubernetes", "volumes"], csiFaults),
  check(["storageClasses"], storageFaults),
  check(["volumes", "storageClasses"], provisionerFaults),
  check(["namespaces", "zones"], namespaceFaults),
  check(["namespaces"], podSecurityFaults),
  check(["namespaces"], amountFaults),
  check(["namespaces"], diskFaults),
  check(["namespaces", "applications"], roomFaults),
  check(["applications"], nodePortFaults),
  check(["applications", "nodes", "loadBalancer", "zones", "namespaces"], placeFaults),
  check(["applications", "nodes", "loadBalancer", "zones", "namespaces"], replicaFaults),
  check(["applications", "storageClasses"], claimFaults),
  check(["applications"], hostFaults),
  check(["applications", "namespaces", "loadBalancer", "zones"], ingressFaults),
];

/** Runs every check whose sections are there. */
export function crossFieldFaults(sections: Partial<Environment>): Fault[] {
  return checks.flatMap((run) => run(sections));
}

function check<Needs extends keyof Environment>(
  needs: Check<Needs>["needs"],
  faults: Check<Needs>["faults"],
): (sections: Partial<Environment>) => Fault[] {
  return (sections) =>
    needs.every((name) => name in sections) ? faults(sections as Pick<Environment, Needs>) : [];
}
