import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import { loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment, MachineSpec, NodeSpec } from "../../environment/schema";

/** A machine, as far as its tags depend on it. */
type Tagged = Pick<MachineSpec, "zone"> & Partial<Pick<NodeSpec, "role">>;

type TagKind = Environment["vsphere"]["tags"][number];

/** A machine's value in each category. */
function tagValue(kind: TagKind, machine: Tagged, domain: string): string {
  switch (kind) {
    case "role":
      return machine.role ?? "load-balancer";
    case "zone":
      return machine.zone;
    case "site":
      return domain;
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** The tags of one machine, by identifier; undefined when the environment asks for none. */
export type TagsOf = (machine: MachineSpec) => pulumi.Output<string>[] | undefined;

/**
 * Makes the categories and tags that the environment asks for. Category names are unique in a vCenter, not in a folder, so
 * they begin with the cluster's name.
 *
 * @param held - Machines that the environment does not list as they are: their tags stay.
 */
export function siteTags(
  { vsphere: { tags: kinds }, kubernetes, domain, loadBalancer, nodes }: Environment,
  held: readonly Tagged[],
  opts: pulumi.CustomResourceOptions,
): TagsOf {
  if (kinds.length === 0) {
    return () => undefined;
  }
  const machines: Tagged[] = [...loadBalancerMachines(loadBalancer), ...nodes, ...held];
  const made = kinds.map((kind) => {
    const category = new vsphere.TagCategory(
      `tags-${kind}`,
      {
        name: `${kubernetes.clusterName}-${kind}`,
        description: `The ${kind} of machines of ${kubernetes.clusterName}.`,
        cardinality: "SINGLE",
        associableTypes: ["VirtualMachine"],
      },
      // The plugin sends the type with a prefix, which some servers keep.
      { ...opts, ignoreChanges: ["associableTypes"] },
    );
    const values = [...new Set(machines.map((machine) => tagValue(kind, machine, domain)))];
    const tags = values.map(
      (name) =>
        [
          name,
          new vsphere.Tag(`tag-${kind}-${name}`, { name, categoryId: category.id }, opts),
        ] as const,
    );
    return { kind, tags: new Map(tags) };
  });
  return (machine) =>
    made.map(({ kind, tags }) => {
      const tag = tags.get(tagValue(kind, machine, domain));
      if (tag === undefined) {
        throw new Error(`There is no tag for the ${kind} of ${machine.name}.`);
      }
      return tag.id;
    });
}
