import { firewallPorts } from "../../../../cluster/node/firewallPorts";
import type { Environment, NodeSpec } from "../../../../environment/schema";
import { site } from "../../environment/site";
import { nodeOf, threeControlPlanes } from "../nodes";

const ports = (environment: Environment, node: NodeSpec) =>
  firewallPorts(environment, node)
    .map(({ protocol, port }) => `${protocol} ${port}`)
    .sort();

test("production, with Antrea", () => {
  const environment = site("prd");
  const common = ["tcp 10250", "udp 6081"];
  expect(ports(environment, nodeOf(environment, "control-plane", "lan"))).toEqual(
    [...common, "tcp 6443", "tcp 10349"].sort(),
  );
  expect(ports(environment, nodeOf(environment, "worker", "lan"))).toEqual(
    [...common, "tcp 30080", "tcp 30443"].sort(),
  );
  expect(ports(environment, nodeOf(environment, "worker", "dmz"))).toEqual(
    [...common, "tcp 30090"].sort(),
  );
});

test("the lab, with flannel", () => {
  const environment = site("dev");
  expect(ports(environment, nodeOf(environment, "worker", "dmz"))).toEqual([
    "tcp 10250",
    // By which the ingress reaches the outpost.
    "tcp 30090",
    "udp 8472",
  ]);
});

test("etcd's ports are open only where there is another etcd", () => {
  const three = threeControlPlanes();
  expect(ports(three, three.nodes[0]!)).toContain("tcp 2379:2380");
  const one = site("dev");
  expect(ports(one, one.nodes[0]!)).not.toContain("tcp 2379:2380");
});
