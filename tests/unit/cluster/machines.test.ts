import * as pulumi from "@pulumi/pulumi";

import { machinesOf } from "../../../cluster/machines";
import type { Infra } from "../../../environment/contracts";
import { site } from "../environment/site";
import { vmIdOf } from "../vmId";
import { infraOf } from "./infra";

const environment = site("dev");
const from = (infra: Infra) =>
  machinesOf(environment, { ...infra, sshPrivateKey: pulumi.output("PEM") });

test("every node has its machine, in the order of the environment", () => {
  expect(from(infraOf(environment)).map(({ node, vmId }) => [node.name, vmId])).toEqual(
    environment.nodes.map(({ name }) => [name, vmIdOf(name)]),
  );
});

test("a machine the environment no longer lists is left out", () => {
  const infra = infraOf(environment);
  const extra = { ...infra.nodes[1]!, name: "devk8swok599" };
  const machines = from({ ...infra, nodes: [...infra.nodes, extra] });
  expect(machines.map(({ node }) => node.name)).not.toContain("devk8swok599");
});

test("all that infra lacks is said at once, with the command to run", () => {
  const infra = infraOf(environment);
  const nodes = infra.nodes.slice(0, -1);
  nodes[1] = { ...nodes[1]!, address: "172.30.10.99" };
  expect(() => from({ ...infra, nodes })).toThrow(
    "The stack infra is not what the environment dev lists:\n" +
      "  devk8swok501: the stack infra made a worker in lan at 172.30.10.99, the environment lists a worker in lan at 172.30.10.61\n" +
      "  devk8swok511: the stack infra has no such machine\n" +
      "Bring it up to date first: make up STACK=infra ENV=dev",
  );
});

test("two machines with one UUID are refused", () => {
  const infra = infraOf(environment);
  const nodes = [...infra.nodes];
  nodes[2] = { ...nodes[2]!, vmId: nodes[1]!.vmId };
  expect(() => from({ ...infra, nodes })).toThrow(
    `The virtual machines devk8swok501 and devk8swok502 have the same UUID, ${nodes[1]!.vmId}; every node needs its own.`,
  );
});
