import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import type { Environment } from "../../environment/schema";
import { endProgram } from "../../pulumi/endProgram";
import { essence, Refusal } from "../../pulumi/refusal";
import { placement, type Placement } from "../../vcenter/placement";
import { INSECURE_WARNING } from "../../vcenter/roleBindings";
import { type Template, templateFacts } from "../machine/template";
import { advice } from "./advice";

/** Objects in the vCenter that the programs use and never change. */
export interface Inventory {
  datacenterId: string;
  /** Where the machines of a zone are, by the zone's name. */
  places: Record<string, Place>;
  template: Template;
}

/** Identifiers of what a machine is placed on. */
export interface Place {
  computeClusterId: string;
  resourcePoolId: string;
  datastoreId: string;
  networkId: string;
}

/** Connects to the vCenter. This machine must trust its certificate, unless the environment accepts any certificate. */
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
 * @throws Refusal that names every key whose object cannot be found, or all faults of the template, before
 * anything is created.
 */
export async function lookUp(
  environment: Pick<Environment, "vsphere" | "zones" | "stack" | "volumes">,
  provider: vsphere.Provider,
): Promise<Inventory> {
  const { vsphere: names, zones, stack } = environment;
  const opts = { provider };
  const lookups = new Lookups(names.server, stack);
  const datacenter = await lookups.find("datacenter", "vsphere.datacenter", names.datacenter, () =>
    vsphere.getDatacenter({ name: names.datacenter }, opts),
  );
  await lookups.report();
  const datacenterId = datacenter?.id ?? "";

  const [template, ...places] = await Promise.all([
    lookups.find("template", "vsphere.template", names.template, () =>
      vsphere.getVirtualMachine({ name: names.template, datacenterId }, opts),
    ),
    ...Object.entries(zones).map(
      async ([zone, own]) =>
        [zone, await findPlace(lookups, placement(names, zone, own), datacenterId, opts)] as const,
    ),
  ]);
  await lookups.report();
  if (template === undefined) {
    throw new Error("A lookup neither found anything nor failed.");
  }
  return {
    datacenterId,
    places: Object.fromEntries(places) as Record<string, Place>,
    template: templateFacts(environment, template),
  };
}

/** The identifiers of a placement. Undefined if any part of it was not found. */
async function findPlace(
  lookups: Lookups,
  { cluster, resourcePool, datastore, portGroup }: Placement,
  datacenterId: string,
  opts: pulumi.InvokeOptions,
): Promise<Place | undefined> {
  const [foundCluster, foundPool, foundDatastore, network] = await Promise.all([
    lookups.find("compute cluster", cluster.key, cluster.name, () =>
      vsphere.getComputeCluster({ name: cluster.name, datacenterId }, opts),
    ),
    resourcePool === undefined
      ? undefined
      : lookups.find("resource pool", resourcePool.key, resourcePool.name, () =>
          vsphere.getResourcePool(
            { name: `${cluster.name}/Resources/${resourcePool.name}`, datacenterId },
            opts,
          ),
        ),
    lookups.find("datastore", datastore.key, datastore.name, () =>
      vsphere.getDatastore({ name: datastore.name, datacenterId }, opts),
    ),
    lookups.find("port group", portGroup.key, portGroup.name, () =>
      vsphere.getNetwork({ name: portGroup.name, datacenterId }, opts),
    ),
  ]);
  return foundCluster && foundDatastore && network
    ? {
        computeClusterId: foundCluster.id,
        resourcePoolId: foundPool?.id ?? foundCluster.resourcePoolId,
        datastoreId: foundDatastore.id,
        networkId: network.id,
      }
    : undefined;
}

/**
 * Seconds for one lookup, the login included: the plugin itself waits without end for a vCenter that accepts a connection and says
 * nothing.
 */
const ANSWER_SECONDS = 60;

/** A lookup that has no answer. */
class Silence extends Error {}

/** Waits for an answer no longer than that. */
async function within<T>(seconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const why = `the vCenter accepts connections and did not answer within ${seconds} s`;
    timer = setTimeout(() => reject(new Silence(why)), seconds * 1000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks up the object of each key once, and collects those that were not found, so that one report names all. */
class Lookups {
  private readonly failures: string[] = [];
  private isSilent = false;
  private readonly done = new Map<string, Promise<unknown>>();

  constructor(
    private readonly server: string,
    private readonly stack: string,
  ) {}

  find<T>(kind: string, key: string, name: string, look: () => Promise<T>): Promise<T | undefined> {
    const found = this.done.get(key) ?? this.attempt(kind, key, name, look);
    this.done.set(key, found);
    return found as Promise<T | undefined>;
  }

  private async attempt<T>(
    kind: string,
    key: string,
    name: string,
    look: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await within(ANSWER_SECONDS, look());
    } catch (error) {
      this.isSilent ||= error instanceof Silence;
      const reason = essence(error);
      this.failures.push(`  ${kind} "${name}" (site:${key}): ${reason}\n${advice(reason, key)}`);
      return undefined;
    }
  }

  /** @throws Refusal when something was not found. */
  async report(): Promise<void> {
    if (this.failures.length === 0) {
      return;
    }
    const text = [
      `The vCenter ${this.server} does not give what Pulumi.${this.stack}.yaml names. Nothing was created or changed.`,
      ...this.failures,
    ].join("\n");
    if (this.isSilent) {
      await endProgram(text);
    }
    throw new Refusal(text);
  }
}
