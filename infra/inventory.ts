import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import { INSECURE_WARNING } from "../environment/access";
import { essence, Refusal } from "../environment/refusal";
import type { Environment } from "../environment/schema";
import { advice } from "./vcenterAdvice";

/** Facts of the template that a clone must repeat. */
export interface Template {
  uuid: string;
  guestId: string;
  firmware: string;
  scsiType: string;
  networkAdapterType: string;
  disk: { sizeGiB: number; thinProvisioned: boolean; eagerlyScrub: boolean };
}

/** What a site's vCenter holds and the programs build on but never change. */
export interface Inventory {
  datacenterId: string;
  resourcePoolId: string;
  datastoreId: string;
  /** Network id by zone. */
  networkIds: Record<string, string>;
  template: Template;
}

/** Makes the connection to the vCenter. Its certificate must be one the machine trusts, unless the environment lets any pass. */
export function vcenter(
  { server, user, insecure }: Environment["vsphere"],
  password: pulumi.Input<string>,
): vsphere.Provider {
  if (insecure) {
    void pulumi.log.warn(INSECURE_WARNING);
  }
  return new vsphere.Provider("vcenter", {
    vsphereServer: server,
    user,
    password,
    allowUnverifiedSsl: insecure,
  });
}

/**
 * Finds everything the environment names in the vCenter.
 *
 * @throws Refusal that names every key whose object cannot be found, before anything is created.
 */
export async function lookUp(
  { vsphere: names, zones, stack }: Pick<Environment, "vsphere" | "zones" | "stack">,
  provider: vsphere.Provider,
): Promise<Inventory> {
  const opts = { provider };
  const lookups = new Lookups(names.server, stack);
  const datacenter = await lookups.find(
    "datacenter",
    "vsphere.datacenter",
    names.datacenter,
    vsphere.getDatacenter({ name: names.datacenter }, opts),
  );
  lookups.report();
  const datacenterId = datacenter?.id ?? "";

  const [pool, datastore, template, ...networks] = await Promise.all([
    names.resourcePool === undefined
      ? lookups.find(
          "compute cluster",
          "vsphere.cluster",
          names.cluster,
          vsphere
            .getComputeCluster({ name: names.cluster, datacenterId }, opts)
            .then(({ resourcePoolId }) => resourcePoolId),
        )
      : lookups.find(
          "resource pool",
          "vsphere.resourcePool",
          names.resourcePool,
          vsphere
            .getResourcePool(
              { name: `${names.cluster}/Resources/${names.resourcePool}`, datacenterId },
              opts,
            )
            .then(({ id }) => id),
        ),
    lookups.find(
      "datastore",
      "vsphere.datastore",
      names.datastore,
      vsphere.getDatastore({ name: names.datastore, datacenterId }, opts),
    ),
    lookups.find(
      "template",
      "vsphere.template",
      names.template,
      vsphere.getVirtualMachine({ name: names.template, datacenterId }, opts),
    ),
    ...Object.entries(zones).map(async ([zone, { portGroup }]) => {
      const network = await lookups.find(
        "port group",
        `zones.${zone}.portGroup`,
        portGroup,
        vsphere.getNetwork({ name: portGroup, datacenterId }, opts),
      );
      return [zone, network?.id] as const;
    }),
  ]);
  lookups.report();
  if (pool === undefined || datastore === undefined || template === undefined) {
    throw new Error("A lookup neither found anything nor failed.");
  }
  return {
    datacenterId,
    resourcePoolId: pool,
    datastoreId: datastore.id,
    networkIds: Object.fromEntries(networks) as Record<string, string>,
    template: templateFacts(names.template, template),
  };
}

function templateFacts(name: string, found: vsphere.GetVirtualMachineResult): Template {
  const [disk] = found.disks;
  const [networkAdapterType] = found.networkInterfaceTypes;
  if (disk === undefined || networkAdapterType === undefined) {
    throw new Refusal(
      `The template "${name}" has ${found.disks.length} disks and ${found.networkInterfaceTypes.length} network interfaces; it needs at least one of each.`,
    );
  }
  return {
    uuid: found.id,
    guestId: found.guestId ?? "otherLinux64Guest",
    firmware: found.firmware ?? "bios",
    scsiType: found.scsiType,
    networkAdapterType,
    disk: {
      sizeGiB: disk.size,
      thinProvisioned: disk.thinProvisioned,
      eagerlyScrub: disk.eagerlyScrub,
    },
  };
}

/** Collects what could not be found, so that all of it is reported at once. */
class Lookups {
  private readonly failures: string[] = [];

  constructor(
    private readonly server: string,
    private readonly stack: string,
  ) {}

  async find<T>(
    kind: string,
    key: string,
    name: string,
    lookup: Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await lookup;
    } catch (error) {
      const reason = essence(error);
      this.failures.push(`  ${kind} "${name}" (site:${key}): ${reason}\n${advice(reason, key)}`);
      return undefined;
    }
  }

  /** @throws Refusal when something was not found. */
  report(): void {
    if (this.failures.length > 0) {
      throw new Refusal(
        [
          `The vCenter ${this.server} does not give what Pulumi.${this.stack}.yaml names. Nothing was created or changed.`,
          ...this.failures,
        ].join("\n"),
      );
    }
  }
}
