import { infraOutput } from "../../../environment/infraOutput";
import type { RawSite } from "../../../environment/load/parse";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { madeWithNow } from "../../../infra/guards/madeWith";
import { parseEnvironment } from "../../environment";
import type { MockSite } from "../mocks";
import { vmIdOf } from "../vmId";

const MACHINE = "sitewright:infra:Machine";

/** The state of infra after an update of an environment: what it has exported, and its machines as they record themselves. */
export function stateOf(
  raw: RawSite,
  { older = false, stack = "dev" } = {},
): NonNullable<MockSite["stacks"]>[string] {
  const environment = parseEnvironment(stack, raw);
  const root = "pulumi:pulumi:Stack";
  const balancers = loadBalancerMachines(environment.loadBalancer);
  const infra = infraOutput(environment, ({ name, zone }) => ({ name, zone }));
  return [
    { urn: `urn:pulumi:dev::sitewright-infra::${root}::infra-dev`, type: root, outputs: { infra } },
    ...[...balancers, ...environment.nodes].map((machine) => {
      const chain = balancers.includes(machine)
        ? `sitewright:infra:LoadBalancer$${MACHINE}`
        : MACHINE;
      const { address, zone, name } = machine;
      return {
        urn: `urn:pulumi:dev::sitewright-infra::${chain}::${name}`,
        type: MACHINE,
        outputs: {
          address,
          zone,
          ...("role" in machine ? { role: machine.role, generation: machine.generation } : {}),
          ...(older ? {} : { madeWith: madeWithNow(machine, environment) }),
        },
      };
    }),
    ...[...balancers, ...environment.nodes].map(({ name }) => ({
      urn: `urn:pulumi:dev::sitewright-infra::${balancers.some((one) => one.name === name) ? "sitewright:infra:LoadBalancer$" : ""}${MACHINE}$vsphere:index/virtualMachine:VirtualMachine::${name}-vm`,
      type: "vsphere:index/virtualMachine:VirtualMachine",
      outputs: { uuid: vmIdOf(`${name}-vm`) },
    })),
  ];
}
