/** How the state of infra names the types of what a machine consists of. */
export const VIRTUAL_MACHINE = "vsphere:index/virtualMachine:VirtualMachine";
export const MACHINE = "sitewright:infra:Machine";
const LOAD_BALANCER = "sitewright:infra:LoadBalancer";

/** The types in a URN: those of the parents, then its own. */
const typesIn = (urn: string): string[] => (urn.split("::")[2] ?? "").split("$");

/** Whether a resource belongs to a machine: a clone that was cut off and is to be destroyed belongs to none. */
export const isOfMachine = (urn: string): boolean => typesIn(urn).includes(MACHINE);

/** Whether a resource belongs to a load balancer. */
export const isOfLoadBalancer = (urn: string): boolean => typesIn(urn).includes(LOAD_BALANCER);
