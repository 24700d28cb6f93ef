import { labNetworks } from "../../../../lab/layout";
import { clashes, isAsWanted } from "../../../../lab/network/ranges";
import { site } from "../../environment/site";

const networks = labNetworks(site("dev"));

test("every overlap is named with who has the other range", () => {
  const used = [
    { cidr: "172.30.0.0/16", by: "docker network other" },
    { cidr: "10.0.0.0/8", by: "interface eth0" },
    { cidr: "172.30.20.7/32", by: "interface tun0" },
  ];
  expect(clashes(networks, used)).toEqual([
    "zone lan 172.30.10.0/24 overlaps 172.30.0.0/16 of docker network other",
    "zone dmz 172.30.20.0/24 overlaps 172.30.0.0/16 of docker network other",
    "zone dmz 172.30.20.0/24 overlaps 172.30.20.7/32 of interface tun0",
  ]);
});

test("a network with another range or bridge is created again", () => {
  const [wanted] = networks as [(typeof networks)[number]];
  const existing = (subnet: string, bridge: string) => ({
    Name: wanted.name,
    IPAM: { Config: [{ Subnet: subnet }] },
    Options: { "com.docker.network.bridge.name": bridge },
    Containers: {},
  });
  expect(isAsWanted(existing("172.30.10.0/24", "sw-lan"), wanted)).toBe(true);
  expect(isAsWanted(existing("172.30.99.0/24", "sw-lan"), wanted)).toBe(false);
  expect(isAsWanted(existing("172.30.10.0/24", "br-1234"), wanted)).toBe(false);
});
