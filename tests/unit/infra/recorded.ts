import type { Environment } from "../../../environment/schema";
import { site } from "../environment/site";
import { vmIdOf } from "../vmId";

/** A resource in the state of infra. */
interface Resource {
  urn: string;
  type: string;
  outputs: Record<string, unknown>;
}

const VM = "vsphere:index/virtualMachine:VirtualMachine";
const MACHINE = "sitewright:infra:Machine";
const urn = (type: string, name: string) => `urn:pulumi:dev::sitewright-infra::${type}::${name}`;

/** The state of infra after an update with these nodes and one load balancer, as the engine hands it to a program. */
export function recordedInfra(nodes: Environment["nodes"]): Resource[] {
  const machine = (
    chain: string,
    { name, address, zone, role, generation, cpus, memoryMiB }: Environment["nodes"][0],
  ) => [
    { urn: urn(chain, name), type: MACHINE, outputs: { address, zone, role, generation } },
    {
      urn: urn(`${chain}$${VM}`, `${name}-vm`),
      type: VM,
      outputs: { name, uuid: vmIdOf(`${name}-vm`), numCpus: cpus, memory: memoryMiB },
    },
  ];
  const type = "pulumi:pulumi:Stack";
  return [
    {
      urn: urn(type, "sitewright-infra-dev"),
      type,
      outputs: { infra: { nodes: nodes.map(({ name, role, zone }) => ({ name, role, zone })) } },
    },
    ...machine(`sitewright:infra:LoadBalancer$${MACHINE}`, {
      ...nodes[0],
      ...site("dev").loadBalancer,
    }),
    ...nodes.flatMap((node) => machine(MACHINE, node)),
  ];
}

/** The state of cluster, with the first step on each of these machines. */
export function recordedCluster(
  outputs: Record<string, unknown>,
  machines: readonly string[],
): Resource[] {
  const root = "pulumi:pulumi:Stack";
  const type = "command:remote:Command";
  const steps = ["initialize", ...machines.map((name) => `prepare-${name}`)];
  return [
    { urn: `urn:pulumi:dev::sitewright-cluster::${root}::cluster-dev`, type: root, outputs },
    ...steps.map((step) => ({
      urn: `urn:pulumi:dev::sitewright-cluster::${type}::devk8sclu-${step}`,
      type,
      outputs: {},
    })),
  ];
}
