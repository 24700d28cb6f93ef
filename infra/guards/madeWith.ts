import { z } from "zod";

import { loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment, MachineSpec } from "../../environment/schema";
import type { StackResource } from "../../pulumi/stackResources";
import { nameOf } from "../../pulumi/urn";
import { isOfLoadBalancer, MACHINE, VIRTUAL_MACHINE } from "./machineTypes";

/** What a machine takes from the environment once: when it is cloned, and at its first boot. */
export const madeWithSchema = z
  .object({
    user: z.string(),
    domain: z.string(),
    networkInterface: z.string(),
    packageManager: z.string(),
    datacenter: z.string(),
    diskGiB: z.number(),
    cidr: z.string(),
    gateway: z.string(),
    dnsServers: z.array(z.string()),
  })
  .partial();
export type MadeWith = z.output<typeof madeWithSchema>;

/** The parts of an environment that machines are made with. */
type Source = Pick<
  Environment,
  "domain" | "ssh" | "vsphere" | "packages" | "zones" | "loadBalancer" | "nodes"
>;

/** What a machine is made with if it is made now. */
export function madeWithNow(
  { zone, diskGiB }: MachineSpec,
  { domain, ssh, vsphere, packages, zones }: Omit<Source, "loadBalancer" | "nodes">,
): Required<MadeWith> {
  const { cidr, gateway, dnsServers } = zones[zone];
  return {
    user: ssh.user,
    domain,
    networkInterface: vsphere.networkInterface,
    packageManager: packages.manager,
    datacenter: vsphere.datacenter,
    diskGiB,
    cidr,
    gateway,
    dnsServers,
  };
}

/** A machine in the state of infra, of a node or a load balancer. */
interface Recorded {
  name: string;
  isLoadBalancer: boolean;
  address?: string | undefined;
  generation: number;
  /** Empty if an older program has made it. */
  madeWith: MadeWith;
}

const componentSchema = z.object({
  address: z.string().optional().catch(undefined),
  generation: z.number().default(1).catch(1),
  madeWith: madeWithSchema.default({}).catch({}),
});
const vmSchema = z.object({ uuid: z.string().min(1) });
const rootSchema = z.object({ infra: z.object({ sshUser: z.string() }) });

/**
 * All machines in a state, without those whose clone failed: these are made with whatever the environment says then. The user of
 * machines that older programs have made is the one that this stack exports.
 */
export function recordedMachines(resources: readonly StackResource[]): Recorded[] {
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const user = rootSchema.safeParse(root?.outputs).data?.infra.sshUser;
  const made = new Set(
    resources
      .filter(
        ({ type, outputs }) => type === VIRTUAL_MACHINE && vmSchema.safeParse(outputs).success,
      )
      .map(({ urn }) => nameOf(urn)),
  );
  return resources
    .filter(({ urn, type }) => type === MACHINE && made.has(`${nameOf(urn)}-vm`))
    .map(({ urn, outputs }) => {
      const { address, generation, madeWith } = componentSchema.parse(outputs);
      return {
        name: nameOf(urn),
        isLoadBalancer: isOfLoadBalancer(urn),
        address,
        generation,
        madeWith: user === undefined ? madeWith : { user, ...madeWith },
      };
    });
}

/** Machines that stay as they are, with what is recorded of them. */
function keptMachines(environment: Source, recorded: readonly Recorded[]) {
  return machinesOf(environment).flatMap((machine) => {
    const own = recorded.find(({ name }) => name === machine.name);
    return own === undefined || isReplaced(machine, own) ? [] : [{ machine, own }];
  });
}

const machinesOf = ({ loadBalancer, nodes }: Pick<Source, "loadBalancer" | "nodes">) => [
  ...loadBalancerMachines(loadBalancer),
  ...nodes,
];

/** See replacementTrigger in machine.ts. */
function isReplaced(machine: MachineSpec, own: Recorded): boolean {
  const { generation } = { generation: 1, ...machine };
  return (
    (own.address !== undefined && own.address !== machine.address) || own.generation !== generation
  );
}

/** What to record of a machine: what it was made with if it stays, and otherwise what it is made with now. */
export function madeWithOf(
  environment: Source,
  recorded: readonly Recorded[],
): (machine: MachineSpec) => MadeWith {
  const kept = new Map(
    keptMachines(environment, recorded).map(({ machine, own }) => [machine.name, own.madeWith]),
  );
  return (machine) => ({ ...madeWithNow(machine, environment), ...kept.get(machine.name) });
}

/** Settings that are the same for all machines, and that none of them gets later. */
const FIXED = {
  user: "site:ssh.user",
  domain: "site:domain",
  networkInterface: "site:vsphere.networkInterface",
  packageManager: "site:packages.manager",
  datacenter: "site:vsphere.datacenter",
} as const;

/** Edits of what machines were made with that no update can bring to them. */
export function madeWithFaults(environment: Source, recorded: readonly Recorded[]): string[] {
  const kept = keptMachines(environment, recorded);
  const fixed = (Object.keys(FIXED) as (keyof typeof FIXED)[]).flatMap((key) => {
    const different = kept.filter(({ machine, own }) => {
      const before = own.madeWith[key];
      return before !== undefined && before !== madeWithNow(machine, environment)[key];
    });
    const [first] = different;
    return first === undefined
      ? []
      : [
          fault(
            `${FIXED[key]} is ${madeWithNow(first.machine, environment)[key]}, and ${different.length} machines were made with ${first.own.madeWith[key]}`,
            "no machine gets another one. Set it back; or make the site again: make down, then make up",
          ),
        ];
  });
  const disks = kept.flatMap(({ machine, own }) => {
    const before = own.madeWith.diskGiB;
    return before === undefined || before === machine.diskGiB
      ? []
      : [
          fault(
            `${keyOf(machine, own)} diskGiB is ${machine.diskGiB}, and the machine was cloned with ${before}`,
            own.isLoadBalancer
              ? `a disk gets its size when its machine is cloned. Set it back; or give ${machine.name} another name and address in the same edit`
              : `a disk gets its size when its machine is cloned. Set it back; or raise the generation of ${machine.name} by 1 in the same edit, which replaces the machine once its node has left the cluster`,
          ),
        ];
  });
  return [...fixed, ...disks];
}

/**
 * Load balancers that would get the address which another machine has, and nodes that would get a load balancer's. A rename looks like
 * that: the new machine is made before the old one is deleted.
 */
export function balancerAddressFaults(
  environment: Source,
  recorded: readonly Recorded[],
): string[] {
  const balancers = loadBalancerMachines(environment.loadBalancer).map(({ name }) => name);
  return machinesOf(environment).flatMap((machine) => {
    const own = recorded.find(({ name }) => name === machine.name);
    const other = recorded.find(
      ({ name, address, isLoadBalancer }) =>
        name !== machine.name &&
        address === machine.address &&
        (isLoadBalancer || balancers.includes(machine.name)),
    );
    return other === undefined || own?.address === machine.address
      ? []
      : [
          fault(
            `${balancers.includes(machine.name) ? "site:loadBalancer" : "site:nodes"}, ${machine.name}: its address ${machine.address} is still that of the machine ${other.name}`,
            `no machine changes its name: that is a new machine, and one that goes. Give ${machine.name} another address; with a pair of load balancers the virtual address stays`,
          ),
        ];
  });
}

/** Settings of a zone that its machines have learned at their first boot. */
const OF_ZONE = ["cidr", "gateway", "dnsServers"] as const;

/**
 * Machines that still have what their zone had when they booted first. They work on with it, so an update goes on: a zone's machines can
 * only be replaced one after the other.
 *
 * @returns Lines of a warning; none if there is nothing to say.
 */
export function zonesLearnedBefore(environment: Source, recorded: readonly Recorded[]): string[] {
  const kept = keptMachines(environment, recorded);
  return Object.keys(environment.zones).flatMap((zone) =>
    OF_ZONE.flatMap((key) => {
      const names = kept
        .filter(({ machine, own }) => {
          const before = own.madeWith[key];
          const now = madeWithNow(machine, environment)[key];
          return machine.zone === zone && before !== undefined && String(before) !== String(now);
        })
        .map(({ machine }) => machine.name);
      return names.length === 0 ? [] : [`site:zones.${zone}.${key}: ${names.join(", ")}`];
    }),
  );
}

function keyOf({ name }: MachineSpec, { isLoadBalancer }: Recorded): string {
  return isLoadBalancer ? `site:loadBalancer, ${name}:` : `site:nodes, ${name}:`;
}

function fault(what: string, way: string): string {
  return `${what}\n    ${way}`;
}
