import { type Flow, flowsOf } from "../../../../environment/flows";
import { labNetworks } from "../../../../lab/layout";
import { firewallOf } from "../../../../lab/network/firewallRules";
import { site } from "../../environment/site";
import { expectGolden } from "../../golden";

const networks = labNetworks(site("dev"));

const flow = (part: Partial<Flow>): Flow => ({
  from: "a",
  to: "b",
  protocol: "tcp",
  ports: [443],
  reason: "test",
  fromAddresses: ["172.30.10.61"],
  toAddresses: ["172.30.20.11"],
  ...part,
});

test("the rules of the lab", () => {
  const { rules, outside } = firewallOf(networks, flowsOf(site("dev")));
  expect(outside).toEqual([]);
  expectGolden("firewall.rules", rules);
});

test("without flows the networks are closed to each other and to the world", () => {
  const { rules } = firewallOf(networks, []);
  const accepted = rules.split("\n").filter((rule) => rule.endsWith("-j ACCEPT"));
  expect(accepted.length).toBeGreaterThan(0);
  expect(accepted.every((rule) => rule.includes("--ctstate RELATED,ESTABLISHED"))).toBe(true);
  for (const { bridge } of networks) {
    expect(rules).toContain(`-A SITEWRIGHT-LAB -i ${bridge} -j REJECT`);
    expect(rules).toContain(`-A SITEWRIGHT-LAB -o ${bridge} -j REJECT`);
    expect(rules).toContain(`-A SITEWRIGHT-HOST -i ${bridge} -j REJECT`);
  }
});

test("refusals come after every permission", () => {
  const { rules } = firewallOf(networks, [flow({})]);
  const forward = rules.split("\n").filter((rule) => rule.startsWith("-A SITEWRIGHT-LAB"));
  const firstRefusal = forward.findIndex((rule) => rule.includes("REJECT"));
  expect(forward.slice(firstRefusal).every((rule) => rule.includes("REJECT"))).toBe(true);
});

test("several ports are one rule, several addresses one each", () => {
  const { rules } = firewallOf(networks, [
    flow({ ports: [80, 443], fromAddresses: ["172.30.10.61", "172.30.10.62"] }),
  ]);
  expect(rules.match(/--dports 80,443/g)).toHaveLength(2);
});

test("only a flow to a gateway opens a port of the host, and none to clients outside the lab", () => {
  const vcenter = flow({ toAddresses: ["172.30.10.1"], ports: [8989], reason: "vCenter" });
  const { rules, outside } = firewallOf(networks, [vcenter]);
  expect(outside).toEqual([]);
  const naming = rules.split("\n").filter((rule) => rule.includes("172.30.10.1 "));
  expect(naming).toEqual([
    '-A SITEWRIGHT-HOST -s 172.30.10.61 -d 172.30.10.1 -p tcp -m multiport --dports 8989 -m conntrack --ctstate NEW -m comment --comment "vCenter" -j RETURN',
    "-A SITEWRIGHT-HOST ! -i lo -d 172.30.10.1 -p tcp -m multiport --dports 8989 -j REJECT --reject-with icmp-admin-prohibited",
  ]);
  const host = rules.split("\n").filter((rule) => rule.startsWith("-A SITEWRIGHT-HOST"));
  expect(host.indexOf(naming[0]!)).toBe(0);
  expect(host.indexOf(naming[1]!)).toBe(host.length - 1);
});

test("a flow with an end outside the lab stays closed and is reported", () => {
  const nas = flow({ toAddresses: ["192.168.10.20"], reason: "NFS" });
  const { rules, outside } = firewallOf(networks, [nas]);
  expect(rules).not.toContain("192.168.10.20");
  expect(outside).toEqual([nas]);
});

test("a reason cannot end the rule's comment", () => {
  const { rules } = firewallOf(networks, [flow({ reason: 'x" -j ACCEPT \\' })]);
  expect(rules).toContain('--comment "x -j ACCEPT " -j ACCEPT');
});
