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
  expect(from(infraOf(environment)).machines.map(({ node, vmId }) => [node.name, vmId])).toEqual(
    environment.nodes.map(({ name }) => [name, vmIdOf(name)]),
  );
});

test("a machine that the environment no longer lists leaves, and so does one that infra holds", () => {
  const infra = infraOf(environment);
  const [controlPlane, worker, ...others] = infra.nodes;
  const extra = { ...worker!, name: "devk8swok599" };
  const readdressed = { ...worker!, address: "172.30.10.199" };
  const { machines, held } = from({
    ...infra,
    nodes: [controlPlane!, ...others, extra],
    held: [readdressed],
  });
  expect(machines.map(({ node }) => node.name)).toEqual(
    [controlPlane!, ...others].map(({ name }) => name),
  );
  expect(held.map(({ name, role, host }) => [name, role, host.address])).toEqual([
    [worker!.name, "worker", "172.30.10.199"],
    ["devk8swok599", "worker", worker!.address],
  ]);
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
