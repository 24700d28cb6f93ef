import type { readInfra } from "../environment/contracts";
import { Refusal } from "../environment/refusal";
import type { Environment } from "../environment/schema";
import type { Machine } from "./kubeadmCluster";

/**
 * The machines infra made for the environment's nodes. A machine that infra still has and the environment no longer
 * lists is left out: that is how a node leaves the cluster before its machine goes.
 *
 * @throws Refusal with every node whose machine is missing or differs from the environment.
 */
export function machinesOf(
  environment: Pick<Environment, "nodes" | "stack">,
  infra: Awaited<ReturnType<typeof readInfra>>,
): Machine[] {
  const faults: string[] = [];
  const machines = environment.nodes.flatMap((node): Machine[] => {
    const made = infra.nodes.find(({ name }) => name === node.name);
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
    const { address, hostKey, vmId } = made;
    return [
      {
        node,
        vmId,
        host: { address, hostKey, user: infra.sshUser, privateKey: infra.sshPrivateKey },
      },
    ];
  });
  if (faults.length > 0) {
    throw new Refusal(
      `The stack infra is not what the environment ${environment.stack} lists:\n` +
        `${faults.map((fault) => `  ${fault}\n`).join("")}` +
        `Bring it up to date first: make up STACK=infra ENV=${environment.stack}`,
    );
  }
  return machines;
}
