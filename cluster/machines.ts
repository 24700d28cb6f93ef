import type { Infra } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import { Refusal } from "../pulumi/refusal";
import type { readInfra } from "../pulumi/stackReferences";
import type { KnownMachine, Machine } from "./node/machine";

/** Machines of the site, by what the cluster does with them. */
export interface SiteMachines {
  /** Those of nodes, in the order of the environment. */
  machines: Machine[];
  /**
   * Those that are not listed, or that infra keeps until they have left, in order to replace them. Their nodes leave the cluster in this
   * update, if they are in it: after everything else in it.
   */
  held: KnownMachine[];
}

/**
 * The machines that infra made for the environment's nodes, and those that are still there beside them.
 *
 * @throws Refusal with every node whose machine is missing or differs from the environment, and where two machines have the same UUID.
 */
export function machinesOf(
  environment: Pick<Environment, "nodes" | "stack">,
  infra: Awaited<ReturnType<typeof readInfra>>,
): SiteMachines {
  const faults: string[] = [];
  const hostOf = ({ address, hostKey }: Infra["nodes"][number]) => ({
    address,
    hostKey,
    user: infra.sshUser,
    privateKey: infra.sshPrivateKey,
  });
  const machines = environment.nodes.flatMap((node): Machine[] => {
    const made = infra.nodes.find(({ name }) => name === node.name);
    if (made === undefined && infra.held.some(({ name }) => name === node.name)) {
      return [];
    }
    if (made === undefined) {
      faults.push(`${node.name}: the stack infra has no such machine`);
      return [];
    }
    if (made.address !== node.address || made.role !== node.role || made.zone !== node.zone) {
      faults.push(
        `${node.name}: the stack infra made a ${made.role} in ${made.zone} at ${made.address}, ` +
          `the environment lists a ${node.role} in ${node.zone} at ${node.address}`,
      );
      return [];
    }
    return [{ node, vmId: made.vmId, host: hostOf(made) }];
  });
  if (faults.length > 0) {
    throw new Refusal(
      `The stack infra is not what the environment ${environment.stack} lists:\n` +
        `${faults.map((fault) => `  ${fault}\n`).join("")}` +
        `Bring it up to date first: make up STACK=infra ENV=${environment.stack}`,
    );
  }
  refuseSharedIds(machines);
  const unlisted = infra.nodes.filter(
    ({ name }) => !environment.nodes.some((node) => node.name === name),
  );
  const held = [...infra.held, ...unlisted].map((made) => ({
    name: made.name,
    role: made.role,
    vmId: made.vmId,
    host: hostOf(made),
  }));
  return { machines, held };
}

/**
 * Refuses two machines with the same UUID, such as after a copy by hand. They would have one product UUID and one machine-id:
 * neither kubeadm nor the cloud provider could tell them apart.
 *
 * @throws Refusal with both their names.
 * @see https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#verify-mac-address
 */
function refuseSharedIds(machines: readonly Machine[]): void {
  const owners = new Map<string, string>();
  for (const { node, vmId } of machines) {
    const owner = owners.get(vmId);
    if (owner !== undefined) {
      throw new Refusal(
        `The virtual machines ${owner} and ${node.name} have the same UUID, ${vmId}; every node needs its own. ` +
          "Nothing was touched.\n" +
          "Remove the one that was copied and let infra clone it again: it then gets a UUID of its own.",
      );
    }
    owners.set(vmId, node.name);
  }
}
